package org.sightline.runtime.scheduler;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Starts numbered pieces of work in order, a bounded number at a time: when a piece ends, the next
 * one begins. Pieces that end at once do not deepen the stack. Thread-safe.
 */
public final class BoundedFanOut {
  private final int count;
  private final IntFunction<CompletionStage<?>> start;

  /** Pieces that may begin and have not been begun by the thread that drains. */
  private final AtomicInteger granted = new AtomicInteger();

  private int next;

  /**
   * @param start begins a piece; the stage completes when it has ended, and start never throws
   */
  public BoundedFanOut(int count, IntFunction<CompletionStage<?>> start) {
    this.count = count;
    this.start = start;
  }

  /** Begins the first pieces; call once. */
  public void open(int width) {
    grant(width);
  }

  private void grant(int pieces) {
    if (granted.getAndAdd(pieces) != 0) {
      return; // the thread that drains sees them
    }
    int seen = pieces;
    while (seen != 0) {
      for (int i = 0; i < seen && next < count; i++) {
        start.apply(next++).whenComplete((value, error) -> grant(1));
      }
      seen = granted.addAndGet(-seen);
    }
  }
}
