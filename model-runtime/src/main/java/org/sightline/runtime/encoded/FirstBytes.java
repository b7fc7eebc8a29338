package org.sightline.runtime.encoded;

/** Compares the first bytes of a file with those by which its format is known. */
public final class FirstBytes {
  private FirstBytes() {}

  /**
   * Whether a file begins with one of the patterns.
   *
   * @param patterns a character a byte; a question mark stands for any byte
   */
  public static boolean match(byte[] file, String... patterns) {
    for (String pattern : patterns) {
      if (match(file, pattern)) {
        return true;
      }
    }
    return false;
  }

  private static boolean match(byte[] file, String pattern) {
    if (file.length < pattern.length()) {
      return false;
    }
    for (int i = 0; i < pattern.length(); i++) {
      if (pattern.charAt(i) != '?' && pattern.charAt(i) != (file[i] & 0xFF)) {
        return false;
      }
    }
    return true;
  }
}
