package org.sightline.faults;

import java.util.ArrayList;
import java.util.List;

/**
 * How steeply points rise: the median of the slopes between all pairs of them (Theil and Sen). A
 * step, such as an allocator's next arena, hardly moves it; a steady rise does. Not thread-safe.
 */
final class Slope {
  private record Point(double x, double y) {}

  private final List<Point> points = new ArrayList<>();

  void add(double x, double y) {
    points.add(new Point(x, y));
  }

  /** Of at least two points with different x. */
  double median() {
    List<Double> slopes = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      for (int j = i + 1; j < points.size(); j++) {
        double width = points.get(j).x() - points.get(i).x();
        if (width != 0) {
          slopes.add((points.get(j).y() - points.get(i).y()) / width);
        }
      }
    }
    if (slopes.isEmpty()) {
      throw new IllegalStateException(
          "a slope needs two points with different x, there are " + points.size() + " points");
    }
    slopes.sort(null);
    int middle = slopes.size() / 2;
    return slopes.size() % 2 == 1
        ? slopes.get(middle)
        : (slopes.get(middle - 1) + slopes.get(middle)) / 2;
  }
}
