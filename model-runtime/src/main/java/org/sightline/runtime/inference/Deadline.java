package org.sightline.runtime.inference;

import java.time.Duration;

/**
 * A point in time after which nobody waits for the answer any more, or sooner where whoever waits
 * gives up. Based on {@link System#nanoTime()}, so it has a meaning in this process only; between
 * processes the remaining time travels. Thread-safe.
 */
public final class Deadline {
  private final long nanoTime;
  private final Deadline whole; // null: this is no part of another
  private volatile boolean abandoned;

  private Deadline(long nanoTime, Deadline whole) {
    this.nanoTime = nanoTime;
    this.whole = whole;
  }

  /** The deadline that lies {@code duration} ahead. */
  public static Deadline after(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos(), null);
  }

  /** Of a part of the work, which has so long; abandoned with this one. */
  public Deadline part(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos(), this);
  }

  /** Time left, negative when it has passed. */
  public Duration remaining() {
    return Duration.ofNanos(nanoTime - System.nanoTime());
  }

  /** Nobody waits any more, for this work and its parts: what has not begun is dropped. */
  public void abandon() {
    abandoned = true;
  }

  /** Whether whoever waited has given up. */
  public boolean abandoned() {
    return abandoned || whole != null && whole.abandoned();
  }

  /** Whether the deadline has passed, or whoever waited has given up. */
  public boolean expired() {
    return abandoned() || nanoTime - System.nanoTime() <= 0;
  }
}
