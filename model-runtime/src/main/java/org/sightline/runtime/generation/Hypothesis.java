package org.sightline.runtime.generation;

import java.util.Arrays;

/**
 * A finished sequence.
 *
 * @param tokens what was generated, without prompt and end token; not to be changed
 * @param score as {@link org.sightline.runtime.inference.Caption#score}
 */
public record Hypothesis(long[] tokens, double score) {

  /** The tokens without the end token that may close them. */
  static Hypothesis of(long[] generated, int endTokenId, double score) {
    int length = generated.length;
    boolean ended = length > 0 && generated[length - 1] == endTokenId;
    return new Hypothesis(ended ? Arrays.copyOf(generated, length - 1) : generated, score);
  }
}
