package org.sightline.runtime.limits;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Bounds the heap that decoded images take at the same time in the process. A thread that has to
 * wait holds nothing that others wait for.
 */
public final class DecodeBudget {
  /** Permits are kibibytes, so that every heap fits into an int. */
  private static final int UNIT = 1024;

  private final Semaphore permits;
  private final int limit;

  public DecodeBudget(long bytes) {
    limit = units(bytes);
    permits = new Semaphore(limit, true);
  }

  /**
   * Runs the work once that much heap is free.
   *
   * @param bytes of one image; beyond the limit it waits until it is alone
   */
  public <T> T within(long bytes, Supplier<T> work) {
    int taken = Math.min(units(bytes), limit);
    permits.acquireUninterruptibly(taken);
    try {
      return work.get();
    } finally {
      permits.release(taken);
    }
  }

  private static int units(long bytes) {
    return (int) Math.max(1, Math.min(bytes / UNIT, Integer.MAX_VALUE));
  }
}
