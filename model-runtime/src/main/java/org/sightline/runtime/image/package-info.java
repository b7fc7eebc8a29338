/**
 * From encoded images to the floats that a graph takes, in one path for everything: header check,
 * decoding, Pillow-exact resizing, cropping, normalising.
 *
 * <p>Nothing is decoded before the header has passed the limits, nothing is written to disk, and
 * what is wrong with an image is an {@link org.sightline.runtime.inference.InferenceException} of
 * kind {@code INVALID_INPUT} whose message begins after the field's name: {@code is not an image:
 * …}.
 */
package org.sightline.runtime.image;
