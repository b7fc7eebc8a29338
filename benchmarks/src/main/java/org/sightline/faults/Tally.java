package org.sightline.faults;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Counts what was asked and what went wrong. Thread-safe. */
final class Tally {
  private static final int SHOWN = 600;

  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicLong longestNanos = new AtomicLong();
  private final AtomicReference<String> first = new AtomicReference<>("");

  void done(long startNanos) {
    done.incrementAndGet();
    longestNanos.accumulateAndGet(System.nanoTime() - startNanos, Math::max);
  }

  void failed(String why) {
    failed.incrementAndGet();
    first.compareAndSet("", why.substring(0, Math.min(SHOWN, why.length())));
  }

  int done() {
    return done.get();
  }

  int failed() {
    return failed.get();
  }

  /** What went wrong first, or nothing. */
  String firstFailure() {
    return first.get();
  }

  /** Of what was done well. */
  double longestSeconds() {
    return longestNanos.get() / 1e9;
  }
}
