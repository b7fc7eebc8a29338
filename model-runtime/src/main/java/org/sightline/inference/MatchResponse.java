package org.sightline.inference;

import java.util.List;

/**
 * Match scores in the order of the inputs.
 *
 * @param modelId the model that made them
 * @param results one outcome for each input
 */
public record MatchResponse(String modelId, List<Outcome<MatchScore>> results) {
  public MatchResponse {
    results = List.copyOf(results);
  }
}
