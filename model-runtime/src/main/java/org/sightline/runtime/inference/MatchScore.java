package org.sightline.runtime.inference;

/**
 * How well a text and an image match.
 *
 * @param noMatchLogit ITM logit of "does not match" (index 0)
 * @param matchLogit ITM logit of "matches" (index 1)
 * @param similarity ITC similarity (cosine, in [-1, 1]; the largest where the image has several
 *     vectors), or null where the model has no embeddings
 */
public record MatchScore(float noMatchLogit, float matchLogit, Float similarity) {

  /** Softmax of the logits at "matches", in [0, 1]. */
  public float probability() {
    return (float) (1.0 / (1.0 + Math.exp((double) noMatchLogit - matchLogit)));
  }
}
