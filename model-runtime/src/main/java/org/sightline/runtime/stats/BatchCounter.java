package org.sightline.runtime.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts the batches of a role, their sizes, and how long their inputs waited. Thread-safe. */
public final class BatchCounter {
  /** 1, 2-3, 4-7, 8-15, 16-31, 32 or more. */
  private static final int BUCKETS = 6;

  private final LongAdder batches = new LongAdder();
  private final LongAdder inputs = new LongAdder();
  private final AtomicLongArray sizes = new AtomicLongArray(BUCKETS);

  private final TimeHistogram waits = new TimeHistogram();

  /** How long one input waited. */
  public void waited(long nanos) {
    waits.record(nanos);
  }

  public void record(int size) {
    batches.increment();
    inputs.add(size);
    int log2 = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(size);
    sizes.incrementAndGet(Math.min(BUCKETS - 1, log2));
  }

  public RuntimeStats.RoleStats snapshot(RuntimeMetrics.QueueDepth queue) {
    List<Long> counts = new ArrayList<>(BUCKETS);
    for (int i = 0; i < BUCKETS; i++) {
      counts.add(sizes.get(i));
    }
    return new RuntimeStats.RoleStats(
        batches.sum(),
        inputs.sum(),
        counts,
        queue.waiting(),
        queue.limit(),
        queue.work(),
        queue.workLimit(),
        waits.snapshot());
  }
}
