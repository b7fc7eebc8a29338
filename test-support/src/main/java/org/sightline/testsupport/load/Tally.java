package org.sightline.testsupport.load;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Counts requests, failures and the longest request. Thread-safe. */
public final class Tally {
  private static final int SHOWN = 600;

  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicLong longestNanos = new AtomicLong();
  private final AtomicReference<String> first = new AtomicReference<>("");

  /** Counts a request that succeeded and began at that reading of {@link System#nanoTime}. */
  public void done(long startNanos) {
    done.incrementAndGet();
    longestNanos.accumulateAndGet(System.nanoTime() - startNanos, Math::max);
  }

  /** Counts a failure. */
  public void failed(String why) {
    failed.incrementAndGet();
    first.compareAndSet("", why.substring(0, Math.min(SHOWN, why.length())));
  }

  /** Number of requests that succeeded. */
  public int done() {
    return done.get();
  }

  /** Number of failures. */
  public int failed() {
    return failed.get();
  }

  /** The first failure, or an empty text. */
  public String firstFailure() {
    return first.get();
  }

  /** Duration of the longest request that succeeded. */
  public double longestSeconds() {
    return longestNanos.get() / 1e9;
  }
}
