package org.sightline.cli.web;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * Counts the tries for one thing and waits between them: 1, 2, 4, 8, 16 seconds, or as long as the
 * server asks for.
 */
public final class Backoff {
  /** Failures in a row, after which nothing is tried again. */
  public static final int TRIES = 6;

  /** A server that wants more than this is asked again by a person. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final String what;
  private final Tries tries;
  private int failures;

  Backoff(String what, Tries tries) {
    this.what = what;
    this.tries = tries;
  }

  /** Whether a status says that the same request may succeed later. */
  public static boolean isPassing(int status) {
    return status == 408 || status == 429 || status >= 500;
  }

  /** Something arrived: failures before it do not count any more. */
  public void reset() {
    failures = 0;
  }

  /**
   * Waits after an answer that may be another one later.
   *
   * @param why what it was
   * @param retryAfter the server's header of that name
   * @param kept what a message adds when this was the last try
   */
  public void afterAnswer(String why, Optional<String> retryAfter, String kept) {
    again(why, retryAfter.flatMap(this::wait), kept);
  }

  /** Waits after a connection that failed. */
  public void afterFailure(Exception failure, String kept) {
    String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    again(reason, Optional.empty(), kept);
  }

  private void again(String why, Optional<Duration> wanted, String kept) {
    failures++;
    if (failures >= TRIES) {
      throw new TransferException(
          "["
              + what
              + "] cannot be "
              + tries.done()
              + ": "
              + why
              + ", tried "
              + TRIES
              + " times"
              + kept);
    }
    Duration wait = wanted.orElse(Duration.ofSeconds(1L << (failures - 1)));
    if (wait.compareTo(LONGEST) > 0) {
      throw new TransferException(
          "["
              + what
              + "] cannot be "
              + tries.done()
              + " now: "
              + why
              + ", and the server asks to wait "
              + wait.toSeconds()
              + " s"
              + kept);
    }
    tries.progress().note(what + ": " + why + ", next try in " + wait.toSeconds() + " s");
    tries.await(wait);
  }

  /** {@code Retry-After} in seconds or as a date. */
  private Optional<Duration> wait(String header) {
    try {
      Duration wait =
          header.isBlank() == false && header.strip().chars().allMatch(c -> c >= '0' && c <= '9')
              ? Duration.ofSeconds(Long.parseLong(header.strip()))
              : until(
                  ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeParseException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private Duration until(Instant date) {
    return Duration.between(tries.clock().instant(), date);
  }
}
