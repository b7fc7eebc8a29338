package org.sightline.runtime.zeroshot;

/**
 * How well a label fits an image.
 *
 * @param label as it was given
 * @param probability in [0, 1]
 */
public record LabelProbability(String label, float probability) {}
