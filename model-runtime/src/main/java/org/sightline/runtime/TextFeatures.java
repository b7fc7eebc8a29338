package org.sightline.runtime;

/**
 * The part of a matcher's work on a text that does not depend on the image.
 *
 * @param values {@code [tokens * hidden]}, not to be changed
 */
record TextFeatures(float[] values, int tokens, int hidden) {}
