package org.sightline.cli.web;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Repeats requests that fail. Waits 1, 2, 4, 8 and 16 seconds between two attempts, or as long as
 * the server asks for in {@code Retry-After}.
 *
 * @param sleeper waits between two attempts
 * @param clock tells how far away a date is that a server names
 * @param progress is told of waits and bytes
 */
public record Retries(Sleeper sleeper, InstantSource clock, Progress progress) {
  /** Failed attempts in a row, after which the request has failed. */
  private static final int ATTEMPTS = 6;

  /** The user repeats the command when a server asks for a longer wait. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  /** Waits. */
  @FunctionalInterface
  public interface Sleeper {
    /** Waits that long, or until the thread is interrupted. */
    void sleep(Duration time) throws InterruptedException;

    /** Waits by the clock. */
    static Sleeper real() {
      // a latch that nobody opens: the server sets the time, there is nothing else to wait for
      return time -> new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** One attempt at a request. An {@link IOException} leads to the next attempt. */
  @FunctionalInterface
  public interface Attempt<T> {
    T run() throws IOException;

    /** Whether the attempt that failed got so far that failures before it do not count. */
    default boolean hasProgressed() {
      return false;
    }
  }

  /** The server answered with a status after which the same request may succeed. */
  public static final class BusyException extends IOException {
    private final String retryAfter;

    /**
     * A busy server.
     *
     * @param retryAfter the header of that name, or null
     */
    public BusyException(String message, String retryAfter) {
      super(message);
      this.retryAfter = retryAfter;
    }
  }

  /**
   * Makes attempts until one succeeds.
   *
   * @param what is transferred, for messages
   * @param done what happens to it, for messages: {@code fetched}, {@code sent}
   * @param hint what the message adds after the last attempt
   * @throws TransferException after the last attempt, or when the server asks for a long wait
   */
  public <T> T run(String what, String done, Supplier<String> hint, Attempt<T> attempt) {
    int failures = 0;
    while (true) {
      try {
        return attempt.run();
      } catch (IOException e) {
        failures = attempt.hasProgressed() ? 1 : failures + 1;
        String why = e.getMessage() == null ? e.toString() : e.getMessage();
        if (failures == ATTEMPTS) {
          throw new TransferException(
              e, "[%s] cannot be %s: %s, tried %s times%s", what, done, why, failures, hint.get());
        }
        Duration wait = delay(e, failures);
        if (wait.compareTo(LONGEST_WAIT) > 0) {
          throw new TransferException(
              e,
              "[%s] cannot be %s now: %s, and the server asks to wait %s s%s",
              what,
              done,
              why,
              wait.toSeconds(),
              hint.get());
        }
        progress.note(what + ": " + why + ", next try in " + wait.toSeconds() + " s");
        sleep(wait);
      }
    }
  }

  private Duration delay(IOException failure, int failures) {
    Duration usual = Duration.ofSeconds(1L << (failures - 1));
    if (!(failure instanceof BusyException busy) || busy.retryAfter == null) {
      return usual;
    }
    String header = busy.retryAfter.strip();
    try {
      if (header.matches("[0-9]+")) {
        return Duration.ofSeconds(Long.parseLong(header));
      }
      ZonedDateTime date = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration wait = Duration.between(clock.instant(), date.toInstant());
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException | NumberFormatException e) {
      return usual;
    }
  }

  /** Waits, unless the thread is interrupted. */
  public void sleep(Duration time) {
    try {
      sleeper.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransferException("interrupted while waiting", e);
    }
  }
}
