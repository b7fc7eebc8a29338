package org.sightline.cli.web;

import java.time.Duration;
import java.time.InstantSource;

/**
 * What it takes to try something again.
 *
 * @param pause waits between two tries
 * @param clock tells how far away a date is that a server names
 * @param progress is told of waits and bytes
 * @param done what happens to the things, for messages: {@code fetched}, {@code sent}
 */
public record Tries(Pause pause, InstantSource clock, Progress progress, String done) {

  /**
   * A count of tries for one thing.
   *
   * @param what it is, for messages
   */
  public Backoff of(String what) {
    return new Backoff(what, this);
  }

  /** Waits, unless the thread is interrupted. */
  public void await(Duration time) {
    try {
      pause.await(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransferException("interrupted while waiting", e);
    }
  }
}
