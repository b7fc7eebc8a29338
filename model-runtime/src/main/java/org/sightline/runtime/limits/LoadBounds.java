package org.sightline.runtime.limits;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * Where models are loaded, and how long that may take. Native code cannot be stopped: a load that
 * does not end keeps its thread, so the threads serve nothing else.
 *
 * @param threads runs loads
 * @param timeout after which a model counts as one that cannot be loaded
 */
public record LoadBounds(Executor threads, Duration timeout) {
  /** Reading a bundle of several gigabytes from a slow disk takes minutes. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(10);

  public LoadBounds {
    Objects.requireNonNull(threads, "threads");
    Objects.requireNonNull(timeout, "timeout");
  }
}
