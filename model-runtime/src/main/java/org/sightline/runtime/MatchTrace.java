package org.sightline.runtime;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.sightline.inference.MatchStats;

/** Follows one request to {@link MatchStats}. Thread-safe. */
final class MatchTrace {
  private final LongAdder fromMemory = new LongAdder();
  private final LongAdder fromDisk = new LongAdder();
  private final LongAdder encoded = new LongAdder();
  private final LongAccumulator encodeNanos = new LongAccumulator(Math::max, 0);
  private final LongAccumulator queueNanos = new LongAccumulator(Math::max, 0);

  void fromMemory() {
    fromMemory.increment();
  }

  void fromDisk() {
    fromDisk.increment();
  }

  void encoded(long nanos) {
    encoded.increment();
    encodeNanos.accumulate(nanos);
  }

  void waited(long nanos) {
    queueNanos.accumulate(nanos);
  }

  MatchStats stats() {
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
