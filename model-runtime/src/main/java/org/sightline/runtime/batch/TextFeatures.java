package org.sightline.runtime.batch;

/**
 * The part of a matcher's work on a text that does not depend on the image.
 *
 * @param values {@code [tokens * hidden]}, not to be changed
 */
public record TextFeatures(float[] values, int tokens, int hidden) {}
