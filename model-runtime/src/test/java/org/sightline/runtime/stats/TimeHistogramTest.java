package org.sightline.runtime.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.stats.RuntimeStats.StageStats;

class TimeHistogramTest {

  @Test
  void isEmptyAtFirst() {
    assertEquals(StageStats.NONE, new TimeHistogram().snapshot());
  }

  @Test
  void percentilesAreUpperBoundsWithinASixteenth() {
    TimeHistogram histogram = new TimeHistogram();
    long total = 0;
    for (long i = 1; i <= 1000; i++) {
      histogram.record(i * 1000);
      total += i * 1000;
    }
    StageStats stats = histogram.snapshot();
    assertEquals(1000, stats.count());
    assertEquals(total, stats.totalNanos());
    assertWithin(500_000, stats.p50Nanos());
    assertWithin(950_000, stats.p95Nanos());
    assertWithin(990_000, stats.p99Nanos());
  }

  /** One node is fast and one is slow: the percentiles of both are not between those of each. */
  @Test
  void percentilesOfASumAreThoseOfAllTimes() {
    TimeHistogram fast = new TimeHistogram();
    TimeHistogram slow = new TimeHistogram();
    for (int i = 1; i <= 970; i++) {
      fast.record(i * 1000);
    }
    for (int i = 1; i <= 30; i++) {
      slow.record(i * 1_000_000);
    }
    StageStats both = fast.snapshot().plus(slow.snapshot());
    assertEquals(1000, both.count());
    assertEquals(fast.snapshot().totalNanos() + slow.snapshot().totalNanos(), both.totalNanos());
    assertWithin(500_000, both.p50Nanos());
    assertWithin(950_000, both.p95Nanos());
    assertWithin(20_000_000, both.p99Nanos());
    assertEquals(1000, times(both));
    assertEquals(2 * 970, times(fast.snapshot().plus(fast.snapshot())), "in the same buckets");
    assertEquals(both, slow.snapshot().plus(fast.snapshot()));
    assertEquals(fast.snapshot(), StageStats.NONE.plus(fast.snapshot()));
  }

  @Test
  void everyValueLiesInItsBucket() {
    Random random = new Random(1);
    for (int bits = 0; bits < 63; bits++) {
      for (int i = 0; i < 20; i++) {
        long value = random.nextLong() >>> (63 - bits) >>> 1;
        int bucket = TimeHistogram.bucket(value);
        assertTrue(value <= TimeHistogram.upperBound(bucket), () -> "value " + value);
        assertTrue(
            bucket == 0 || value > TimeHistogram.upperBound(bucket - 1), () -> "value " + value);
      }
    }
    new TimeHistogram().record(Long.MAX_VALUE);
  }

  private static long times(StageStats stats) {
    return stats.buckets().values().stream().mapToLong(Long::longValue).sum();
  }

  private static void assertWithin(long exact, long bound) {
    assertTrue(bound >= exact && bound <= exact * 17 / 16, exact + " against " + bound);
  }
}
