package org.sightline.cli.web;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits between two tries. */
@FunctionalInterface
public interface Pause {

  /** Waits that long, or until the thread is interrupted. */
  void await(Duration time) throws InterruptedException;

  /** Waits by the clock. */
  static Pause real() {
    // a latch that nobody opens: the server sets the time, there is nothing else to wait for
    return time -> new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
  }
}
