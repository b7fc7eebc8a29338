package org.sightline.cli.download;

import java.net.URI;
import java.nio.file.Path;

/**
 * A file to fetch.
 *
 * @param name for messages
 * @param bytes its length, -1 when nobody said yet
 * @param sha256 64 lower-case hexadecimal digits, or null when nobody said yet
 * @param by who said so, such as {@code the manifest}
 * @param commit of the repository that the server must answer for, or null
 */
record Wanted(
    URI uri, String name, Path target, long bytes, String sha256, String by, String commit) {

  /** A file of which nothing is known yet. */
  static Wanted of(URI uri, String name, Path target, String commit) {
    return new Wanted(uri, name, target, -1, null, "the hub", commit);
  }

  Wanted with(long length, String digest, String who) {
    return new Wanted(uri, name, target, length, digest, who, commit);
  }
}
