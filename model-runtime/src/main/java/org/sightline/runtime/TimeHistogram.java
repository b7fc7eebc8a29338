package org.sightline.runtime;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.sightline.runtime.RuntimeStats.StageStats;

/**
 * Durations in buckets of growing width: sixteen for each power of two, so that a percentile is off
 * by at most a sixteenth. Thread-safe, never blocks, fixed size.
 */
final class TimeHistogram {
  private static final int SUB_BITS = 4;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  private final AtomicLongArray buckets = new AtomicLongArray((Long.SIZE - SUB_BITS) * SUB_BUCKETS);
  private final LongAdder count = new LongAdder();
  private final LongAdder total = new LongAdder();

  void record(long nanos) {
    long value = Math.max(0, nanos);
    buckets.incrementAndGet(bucket(value));
    count.increment();
    total.add(value);
  }

  /** Records the time since a value of {@code System.nanoTime()}. */
  void recordSince(long startNanos) {
    record(System.nanoTime() - startNanos);
  }

  StageStats snapshot() {
    long[] counts = new long[buckets.length()];
    long sum = 0;
    for (int i = 0; i < counts.length; i++) {
      counts[i] = buckets.get(i);
      sum += counts[i];
    }
    return new StageStats(
        count.sum(),
        total.sum(),
        percentile(counts, sum, 0.50),
        percentile(counts, sum, 0.95),
        percentile(counts, sum, 0.99));
  }

  private static long percentile(long[] counts, long sum, double share) {
    long rank = (long) Math.ceil(sum * share);
    long seen = 0;
    for (int i = 0; i < counts.length && rank > 0; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return upperBound(i);
      }
    }
    return 0;
  }

  static int bucket(long value) {
    if (value < SUB_BUCKETS) {
      return (int) value;
    }
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(value) - SUB_BITS;
    return (shift + 1) * SUB_BUCKETS + (int) (value >>> shift) - SUB_BUCKETS;
  }

  static long upperBound(int bucket) {
    if (bucket < SUB_BUCKETS) {
      return bucket;
    }
    int shift = bucket / SUB_BUCKETS - 1;
    long base = SUB_BUCKETS + bucket % SUB_BUCKETS;
    return ((base + 1) << shift) - 1;
  }
}
