package org.sightline.cli.download;

import java.net.URI;
import java.nio.file.Path;

/**
 * A file to fetch.
 *
 * @param name for messages
 * @param target where it is written
 * @param bytes its length, -1 when it is not known yet
 * @param sha256 64 lower-case hexadecimal digits, or null when it is not known yet
 * @param by where length and SHA-256 are from, such as {@code the manifest}
 * @param commit of the repository that the server must answer for, or null
 */
record RemoteFile(
    URI uri, String name, Path target, long bytes, String sha256, String by, String commit) {

  /** A file of unknown length. */
  static RemoteFile of(URI uri, String name, Path target, String commit) {
    return new RemoteFile(uri, name, target, -1, null, "the hub", commit);
  }

  RemoteFile with(long length, String digest, String who) {
    return new RemoteFile(uri, name, target, length, digest, who, commit);
  }
}
