package org.sightline.benchmarks;

import java.util.Locale;

/**
 * What a row should reach.
 *
 * @param atLeast whether more is better
 * @param bound the median that is enough
 * @param unit behind the number: a multiplication sign for ratios, or milliseconds
 * @param decimals shown
 */
record Goal(boolean atLeast, double bound, String unit, int decimals) {

  /** A ratio that should be at least so large. */
  static Goal ratioOfAtLeast(double bound) {
    return new Goal(true, bound, "×", 2);
  }

  /** A ratio that should be at most so large. */
  static Goal ratioOfAtMost(double bound) {
    return new Goal(false, bound, "×", 2);
  }

  /** Milliseconds, at most so many. */
  static Goal millisAtMost(double bound) {
    return new Goal(false, bound, " ms", 2);
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
