package org.sightline.runtime.inference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The digest by which an encoded image or a file is known: SHA-256 as 64 lower-case hex digits. */
public final class Digest {
  private static final int READ_BYTES = 1 << 16;
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  private Digest() {}

  /** SHA-256 of the bytes as 64 lower-case hexadecimal digits. */
  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  /** SHA-256 of a file, read in pieces, in the same form. */
  public static String sha256(Path file) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[READ_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** SHA-256 of what comes piece by piece. For one thread after another, used once. */
  public static final class Stream {
    private final MessageDigest digest = sha256();

    /** Adds the next bytes. */
    public void add(byte[] bytes) {
      digest.update(bytes);
    }

    /** The digest of all that was added, in the usual form. */
    public String hex() {
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether the string has the form of a digest. */
  public static boolean isDigest(String value) {
    return value != null && FORM.matcher(value).matches();
  }
}
