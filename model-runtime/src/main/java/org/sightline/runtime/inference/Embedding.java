package org.sightline.runtime.inference;

import java.util.List;

/**
 * What a model says about one input: one L2-normalised vector, or several where the model has
 * several an image (BLIP-2: 32).
 *
 * @param vectors at least one; each {@code [dimensions]}, not to be changed
 */
public record Embedding(List<float[]> vectors) {
  public Embedding {
    vectors = List.copyOf(vectors);
    if (vectors.isEmpty()) {
      throw new IllegalArgumentException("an embedding has at least one vector");
    }
  }

  /** The only vector; fails where the model has several. */
  public float[] single() {
    if (vectors.size() != 1) {
      throw new IllegalStateException("expected one vector, got [" + vectors.size() + "]");
    }
    return vectors.get(0);
  }
}
