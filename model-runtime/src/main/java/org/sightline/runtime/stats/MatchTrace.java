package org.sightline.runtime.stats;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.sightline.runtime.inference.MatchStats;

/** Follows one request to {@link MatchStats}. Thread-safe. */
public final class MatchTrace {
  private final LongAdder fromMemory = new LongAdder();
  private final LongAdder fromDisk = new LongAdder();
  private final LongAdder encoded = new LongAdder();
  private final LongAccumulator encodeNanos = new LongAccumulator(Math::max, 0);
  private final LongAccumulator queueNanos = new LongAccumulator(Math::max, 0);

  public void fromMemory() {
    fromMemory.increment();
  }

  public void fromDisk() {
    fromDisk.increment();
  }

  public void encoded(long nanos) {
    encoded.increment();
    encodeNanos.accumulate(nanos);
  }

  public void waited(long nanos) {
    queueNanos.accumulate(nanos);
  }

  public MatchStats stats() {
    return new MatchStats(
        fromMemory.intValue(),
        fromDisk.intValue(),
        encoded.intValue(),
        encodeNanos.get(),
        queueNanos.get(),
        0,
        null);
  }
}
