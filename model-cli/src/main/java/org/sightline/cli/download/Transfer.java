package org.sightline.cli.download;

import java.time.Duration;
import java.time.InstantSource;

/**
 * What every request needs.
 *
 * @param client asks
 * @param pause waits between two tries
 * @param clock tells how far away a date is that a server names
 * @param progress is told of waits and bytes
 */
record Transfer(WebClient client, Pause pause, InstantSource clock, Progress progress) {

  /**
   * A count of tries for one thing that is fetched.
   *
   * @param what it is, for messages
   */
  Backoff backoff(String what) {
    return new Backoff(what, this);
  }

  void await(Duration time) {
    try {
      pause.await(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DownloadException("the download was interrupted", e);
    }
  }
}
