package org.sightline.cli;

/** What is wrong with a command line. */
final class UsageException extends RuntimeException {

  UsageException(String message) {
    super(message);
  }
}
