package org.sightline.testsupport.load;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** Waits for conditions that can only be polled. */
public final class Waiting {
  /** Longest wait for a condition. */
  public static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Pause between two looks at a condition. */
  public static final Duration ASK_AGAIN = Duration.ofMillis(50);

  private Waiting() {}

  /**
   * Waits until the condition holds.
   *
   * @param what the condition in words
   * @throws IllegalStateException when it does not within {@link #PATIENCE}
   */
  public static void until(String what, BooleanSupplier condition) {
    if (until(PATIENCE, condition) == false) {
      throw new IllegalStateException("waited in vain for: " + what);
    }
  }

  /** Waits until the condition holds; false when it does not in that time. */
  public static boolean until(Duration patience, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    while (condition.getAsBoolean() == false) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      pause(ASK_AGAIN);
    }
    return true;
  }

  /**
   * Waits until the condition holds, however long that takes while something goes on.
   *
   * @param progress a number that grows as long as it does
   * @throws IllegalStateException when it has not grown for {@link #PATIENCE}
   */
  public static void whileGoingOn(String what, IntSupplier progress, BooleanSupplier condition) {
    int at = progress.getAsInt();
    long since = System.nanoTime();
    while (condition.getAsBoolean() == false) {
      int now = progress.getAsInt();
      if (now != at) {
        at = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > PATIENCE.toNanos()) {
        throw new IllegalStateException("waited in vain for: " + what + ", stuck at " + at);
      }
      pause(ASK_AGAIN);
    }
  }

  /** A client's pause: before it sends again what was refused, or until its next turn. */
  public static void pause(Duration length) {
    LockSupport.parkNanos(length.toNanos());
  }

  /** Seconds since a reading of {@link System#nanoTime}. */
  public static double seconds(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
