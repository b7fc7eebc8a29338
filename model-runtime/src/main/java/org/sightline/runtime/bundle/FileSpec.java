package org.sightline.runtime.bundle;

/**
 * What a file of a bundle must be.
 *
 * @param sha256 64 lower-case hexadecimal digits
 * @param bytes its length
 * @param graphs how many graphs hold what is in it, each for itself, once they are loaded
 */
public record FileSpec(String sha256, long bytes, int graphs) {
  public FileSpec(String sha256, long bytes) {
    this(sha256, bytes, 1);
  }
}
