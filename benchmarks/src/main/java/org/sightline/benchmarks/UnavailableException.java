package org.sightline.benchmarks;

/**
 * Something that a row needs is not there, and that is nobody's mistake: no Python, for example.
 */
final class UnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnavailableException(String message) {
    super(message);
  }
}
