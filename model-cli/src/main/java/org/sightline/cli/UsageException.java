package org.sightline.cli;

import java.util.Locale;

/** What is wrong with a command line. */
final class UsageException extends RuntimeException {

  /** A message with {@code %s} for each value. */
  UsageException(String template, Object... values) {
    super(String.format(Locale.ROOT, template, values));
  }
}
