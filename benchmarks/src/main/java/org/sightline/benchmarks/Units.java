package org.sightline.benchmarks;

import java.util.Locale;

/** Numbers as tables have them: three significant digits, in the unit that suits. */
public final class Units {
  private static final String[] TIMES = {"ns", "µs", "ms", "s"};
  private static final String[] SIZES = {"B", "kB", "MB", "GB"};

  private Units() {}

  /**
   * A time with half the width of its confidence interval.
   *
   * @param error in nanoseconds; NaN where too few rounds were measured for one
   */
  public static String time(double nanos, double error) {
    int unit = unit(nanos, TIMES.length);
    double scale = Math.pow(1000, unit);
    String time = number(nanos / scale);
    String spread = Double.isFinite(error) ? " ± " + number(error / scale) : "";
    return time + spread + " " + TIMES[unit];
  }

  /** A number of bytes, in powers of 1000. */
  public static String bytes(double bytes) {
    int unit = unit(bytes, SIZES.length);
    return number(bytes / Math.pow(1000, unit)) + " " + SIZES[unit];
  }

  private static int unit(double value, int units) {
    int unit = 0;
    // 999.5 would be written as 1000
    for (double rest = value; rest >= 999.5 && unit + 1 < units; rest /= 1000) {
      unit++;
    }
    return unit;
  }

  private static String number(double value) {
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
