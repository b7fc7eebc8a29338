package org.sightline.runtime.inference;

import java.util.List;

/**
 * Embeddings in the order of the inputs.
 *
 * @param modelId the model that made them
 * @param dimensions length of each vector
 * @param results one outcome for each input
 */
public record EmbedResponse(String modelId, int dimensions, List<Outcome<Embedding>> results) {
  public EmbedResponse {
    results = List.copyOf(results);
  }
}
