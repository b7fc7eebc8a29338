package org.sightline.runtime.stats;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.sightline.runtime.stats.RuntimeStats.StageStats;

/**
 * Durations in buckets of growing width: sixteen for each power of two, so that a percentile is off
 * by at most a sixteenth. Thread-safe, never blocks, fixed size.
 */
public final class TimeHistogram {
  private static final int SUB_BITS = 4;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  private final AtomicLongArray buckets = new AtomicLongArray((Long.SIZE - SUB_BITS) * SUB_BUCKETS);
  private final LongAdder count = new LongAdder();
  private final LongAdder total = new LongAdder();

  /** Counts one duration; a negative one as 0. */
  public void record(long nanos) {
    long value = Math.max(0, nanos);
    buckets.incrementAndGet(bucket(value));
    count.increment();
    total.add(value);
  }

  /** Records the time since a value of {@code System.nanoTime()}. */
  public void recordSince(long startNanos) {
    record(System.nanoTime() - startNanos);
  }

  /** What was recorded so far. */
  public StageStats snapshot() {
    SortedMap<Integer, Long> filled = new TreeMap<>();
    for (int i = 0; i < buckets.length(); i++) {
      long times = buckets.get(i);
      if (times > 0) {
        filled.put(i, times);
      }
    }
    return new StageStats(count.sum(), total.sum(), filled);
  }

  /**
   * The upper end of the bucket below which a share of the times lies; 0 where there are none.
   *
   * @param share in (0, 1]
   */
  static long percentile(SortedMap<Integer, Long> buckets, double share) {
    long sum = buckets.values().stream().mapToLong(Long::longValue).sum();
    long rank = (long) Math.ceil(sum * share);
    long seen = 0;
    for (Map.Entry<Integer, Long> bucket : buckets.entrySet()) {
      seen += bucket.getValue();
      if (seen >= rank) {
        return upperBound(bucket.getKey());
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
