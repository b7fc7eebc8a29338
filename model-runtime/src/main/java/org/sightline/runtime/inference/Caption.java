package org.sightline.runtime.inference;

import java.util.Objects;

/**
 * What a model says of an image.
 *
 * @param text without the prompt and without special tokens; possibly empty
 * @param score sum of the natural logarithms of the probabilities of its tokens, divided by their
 *     number raised to the length penalty; the end token counts. At most 0 with a penalty of 1
 */
public record Caption(String text, float score) {
  public Caption {
    Objects.requireNonNull(text, "text");
  }
}
