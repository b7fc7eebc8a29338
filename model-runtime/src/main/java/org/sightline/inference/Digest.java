package org.sightline.inference;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The digest by which an encoded image is known: SHA-256 of its bytes as 64 lower-case hex. */
public final class Digest {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  private Digest() {}

  /** SHA-256 of the bytes as 64 lower-case hexadecimal digits. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether the string has the form of a digest. */
  public static boolean isDigest(String value) {
    return value != null && FORM.matcher(value).matches();
  }
}
