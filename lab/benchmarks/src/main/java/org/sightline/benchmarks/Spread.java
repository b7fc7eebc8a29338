package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Smallest, median and largest of some measurements.
 *
 * @param min the smallest
 * @param median the middle one; the mean of the two middle ones of an even number
 * @param max the largest
 */
record Spread(double min, double median, double max) {

  /** Of at least one value. */
  static Spread of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    Arrays.sort(sorted);
    return new Spread(sorted[0], quantile(sorted, 0.5), sorted[sorted.length - 1]);
  }

  /** Round by round, so that a slow moment of the machine hits both sides. */
  static List<Double> ratios(List<Double> ours, List<Double> rivals) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ours.size(); round++) {
      ratios.add(ours.get(round) / rivals.get(round));
    }
    return ratios;
  }

  /** The quantile of sorted values by linear interpolation between the nearest ranks. */
  static double quantile(double[] sorted, double q) {
    double at = q * (sorted.length - 1);
    int below = (int) Math.floor(at);
    int above = (int) Math.ceil(at);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  /** Median with the range behind it. */
  String text(int decimals) {
    String number = "%." + decimals + "f";
    return String.format(
        Locale.ROOT, number + "  (" + number + " to " + number + ")", median, min, max);
  }
}
