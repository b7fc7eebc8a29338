package org.sightline.runtime.inference;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A point in time after which nobody waits for the answer any more, or sooner where whoever waits
 * gives up. Based on {@link System#nanoTime()}, so it has a meaning in this process only; between
 * processes the remaining time travels. Thread-safe.
 */
public final class Deadline {
  private final long nanoTime;
  private final Deadline whole; // null: this is no part of another
  private final List<Deadline> sharers; // null: this is one caller's own
  private volatile boolean abandoned;

  private Deadline(long nanoTime, Deadline whole, List<Deadline> sharers) {
    this.nanoTime = nanoTime;
    this.whole = whole;
    this.sharers = sharers;
  }

  /** The deadline that lies {@code duration} ahead. */
  public static Deadline after(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos(), null, null);
  }

  /** Deadline of a part of the work, {@code duration} ahead; abandoned with this one. */
  public Deadline part(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos(), this, null);
  }

  /** Deadline of work that several callers share: over when it is over for the last of them. */
  public static Deadline shared(Deadline first) {
    return new Deadline(0, null, new CopyOnWriteArrayList<>(List.of(first)));
  }

  /** Adds a caller to shared work. */
  public void join(Deadline caller) {
    sharers.add(caller);
  }

  /** Time left, negative when it has passed. */
  public Duration remaining() {
    return sharers == null
        ? Duration.ofNanos(nanoTime - System.nanoTime())
        : sharers.stream().map(Deadline::remaining).max(Comparator.naturalOrder()).orElseThrow();
  }

  /** Nobody waits any more, for this work and its parts: what has not begun is dropped. */
  public void abandon() {
    abandoned = true;
  }

  /** Whether whoever waited has given up. */
  public boolean abandoned() {
    return abandoned
        || whole != null && whole.abandoned()
        || sharers != null && sharers.stream().allMatch(Deadline::abandoned);
  }

  /** Whether the deadline has passed, or whoever waited has given up. */
  public boolean expired() {
    return abandoned()
        || (sharers == null
            ? nanoTime - System.nanoTime() <= 0
            : sharers.stream().allMatch(Deadline::expired));
  }
}
