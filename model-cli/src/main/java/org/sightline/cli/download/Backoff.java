package org.sightline.cli.download;

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
final class Backoff {
  /** Failures in a row, after which nothing is tried again. */
  static final int TRIES = 6;

  /** A server that wants more than this is asked again by a person. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final String what;
  private final Transfer transfer;
  private int failures;

  Backoff(String what, Transfer transfer) {
    this.what = what;
    this.transfer = transfer;
  }

  /** Whether a status says that the same request may succeed later. */
  static boolean isPassing(int status) {
    return status == 408 || status == 429 || status >= 500;
  }

  /** Something arrived: failures before it do not count any more. */
  void reset() {
    failures = 0;
  }

  /**
   * Waits after a status that passes.
   *
   * @param kept what a message adds when this was the last try
   */
  void afterStatus(Answer answer, String kept) {
    again("HTTP " + answer.status(), answer.header("Retry-After").flatMap(this::wait), kept);
  }

  /** Waits after a connection that failed. */
  void afterFailure(Exception failure, String kept) {
    String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    again(reason, Optional.empty(), kept);
  }

  private void again(String why, Optional<Duration> wanted, String kept) {
    failures++;
    if (failures >= TRIES) {
      throw new DownloadException(
          "[" + what + "] cannot be fetched: " + why + ", tried " + TRIES + " times" + kept);
    }
    Duration wait = wanted.orElse(Duration.ofSeconds(1L << (failures - 1)));
    if (wait.compareTo(LONGEST) > 0) {
      throw new DownloadException(
          "["
              + what
              + "] cannot be fetched now: "
              + why
              + ", and the server asks to wait "
              + wait.toSeconds()
              + " s"
              + kept);
    }
    transfer.progress().note(what + ": " + why + ", next try in " + wait.toSeconds() + " s");
    transfer.await(wait);
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
    return Duration.between(transfer.clock().instant(), date);
  }
}
