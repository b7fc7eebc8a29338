package org.sightline.inference;

import java.time.Duration;

/**
 * A point in time after which nobody waits for the answer any more. Based on {@link
 * System#nanoTime()}, so it has a meaning in this process only; between processes the remaining
 * time travels.
 *
 * @param nanoTime value of {@code System.nanoTime()} at which the deadline passes
 */
public record Deadline(long nanoTime) {

  /** The deadline that lies {@code duration} ahead. */
  public static Deadline after(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  /** Time left, negative when it has passed. */
  public Duration remaining() {
    return Duration.ofNanos(nanoTime - System.nanoTime());
  }

  /** Whether the deadline has passed. */
  public boolean expired() {
    return nanoTime - System.nanoTime() <= 0;
  }
}
