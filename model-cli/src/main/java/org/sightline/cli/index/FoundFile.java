package org.sightline.cli.index;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * A file of the folder.
 *
 * @param file where it is
 * @param path relative to the folder, with slashes, letters composed (NFC)
 * @param bytes its size
 * @param modified when it was changed last, in whole milliseconds
 */
record FoundFile(Path file, String path, long bytes, Instant modified) {
  /** Longest id that Elasticsearch accepts. */
  private static final int MAX_ID_BYTES = 512;

  /** The document's id: the path, or its SHA-256 where the path is too long for an id. */
  String id() {
    byte[] encoded = path.getBytes(StandardCharsets.UTF_8);
    if (encoded.length <= MAX_ID_BYTES) {
      return path;
    }
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The path of the folder that the file is in; empty at the top. */
  String folder() {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /** The file's name without its ending, as words. */
  String name() {
    String name = path.substring(path.lastIndexOf('/') + 1);
    int dot = name.lastIndexOf('.');
    return (dot > 0 ? name.substring(0, dot) : name).replace('_', ' ').strip();
  }
}
