package org.sightline.runtime.lease;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Something that is released when its last user lets go. It is born with one reference, that of its
 * owner. Thread-safe.
 */
public abstract class RefCounted {
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * Takes a reference if the thing is still alive.
   *
   * @return false once the last reference has gone; then it must not be touched any more
   */
  public final boolean tryIncRef() {
    while (true) {
      int count = references.get();
      if (count == 0) {
        return false;
      }
      if (references.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  /** Lets go of a reference; whoever lets go of the last one releases the thing. */
  public final void decRef() {
    int left = references.decrementAndGet();
    if (left < 0) {
      references.incrementAndGet();
      throw new IllegalStateException("more references given back than taken: " + this);
    }
    if (left == 0) {
      release();
    }
  }

  /** References at this moment; 0 once released. */
  public final int references() {
    return references.get();
  }

  /** Frees what is held. Runs once, on the thread that let go of the last reference. */
  protected abstract void release();
}
