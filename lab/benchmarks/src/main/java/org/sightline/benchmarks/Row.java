package org.sightline.benchmarks;

import java.util.Locale;

/**
 * One row of a table.
 *
 * @param id name of the row on the command line
 * @param what what is measured
 * @param rival what it is compared with; null for a row that shows how a value grows
 * @param goal bound for the median; unit and decimals of the value
 */
record Row(String id, String what, String rival, Goal goal) {

  /** A row that shows how a value grows, without a goal. */
  static Row growth(String id, String what, String unit, int decimals) {
    return new Row(id, what, null, new Goal(true, Double.NEGATIVE_INFINITY, unit, decimals));
  }

  boolean grows() {
    return rival == null;
  }

  /**
   * A bound for the median of a row.
   *
   * @param atLeast whether more is better
   * @param bound the median that is enough
   * @param unit unit behind the number: a multiplication sign for ratios, or milliseconds
   * @param decimals decimals of the number
   */
  record Goal(boolean atLeast, double bound, String unit, int decimals) {

    /** A ratio of at least that size. */
    static Goal ratioOfAtLeast(double bound) {
      return new Goal(true, bound, "×", 2);
    }

    /** A ratio of at most that size. */
    static Goal ratioOfAtMost(double bound) {
      return new Goal(false, bound, "×", 2);
    }

    /** At most that many milliseconds. */
    static Goal millisAtMost(double bound) {
      return new Goal(false, bound, " ms", 2);
    }

    /** At most that many megabytes, of 1,048,576 bytes. */
    static Goal megabytesAtMost(double bound) {
      return new Goal(false, bound, " MB", 1);
    }

    boolean reachedBy(Spread spread) {
      return atLeast ? spread.median() >= bound : spread.median() <= bound;
    }

    /** As in {@code ≥ 20×}. */
    String text() {
      String number =
          bound == Math.rint(bound)
              ? Long.toString((long) bound)
              : String.format(Locale.ROOT, "%s", bound);
      return (atLeast ? "≥ " : "≤ ") + number + unit;
    }
  }
}
