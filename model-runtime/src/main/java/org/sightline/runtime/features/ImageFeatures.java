package org.sightline.runtime.features;

import org.sightline.runtime.inference.Embedding;

/**
 * What a model makes of an image, whatever the query.
 *
 * @param embedding null where the model has no image embedding
 * @param tokens null where nobody asked for them
 */
public record ImageFeatures(Embedding embedding, Tokens tokens) {

  /**
   * Image tokens, the vision encoder's last hidden states.
   *
   * @param values {@code [count * hidden]}, not to be changed
   */
  public record Tokens(float[] values, int count, int hidden) {}

  /** Heap held by the values. */
  public long bytes() {
    long floats = tokens == null ? 0 : tokens.values().length;
    if (embedding != null) {
      floats += (long) embedding.vectors().size() * embedding.vectors().get(0).length;
    }
    return Math.max(1, Float.BYTES * floats);
  }
}
