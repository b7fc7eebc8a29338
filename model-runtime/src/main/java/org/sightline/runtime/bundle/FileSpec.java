package org.sightline.runtime.bundle;

/**
 * What a file of a bundle must be.
 *
 * @param sha256 64 lower-case hexadecimal digits
 * @param bytes its length
 */
public record FileSpec(String sha256, long bytes) {}
