package org.sightline.runtime.inference;

import java.util.List;

/**
 * Captions in the order of the images.
 *
 * @param modelId the model that made them
 * @param results for each image its captions, the best first, or why there are none
 */
public record CaptionResponse(String modelId, List<Outcome<List<Caption>>> results) {
  public CaptionResponse {
    results = List.copyOf(results);
  }
}
