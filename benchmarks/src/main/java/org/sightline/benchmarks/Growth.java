package org.sightline.benchmarks;

import java.util.List;

/**
 * Something that grows with something else.
 *
 * @param id by which it is asked for
 * @param what is measured
 * @param unit behind the number
 * @param decimals shown
 */
record Growth(String id, String what, String unit, int decimals) implements Measured {

  /**
   * What was measured at one size.
   *
   * @param at the size in words
   * @param size larger than that of the point before
   * @param values one for each round
   */
  record Point(String at, double size, List<Double> values) {
    Point {
      values = List.copyOf(values);
    }

    /** Round by round over another point. */
    List<Double> over(Point first) {
      return Spread.ratios(values, first.values);
    }

    /**
     * What each doubling of the size does, from another point to this one: 1 where the size does
     * not matter, 2 where the value grows in proportion.
     */
    List<Double> aDoubling(Point first) {
      double doublings = Math.log(size / first.size) / Math.log(2);
      return over(first).stream().map(ratio -> Math.pow(ratio, 1 / doublings)).toList();
    }
  }
}
