package org.sightline.runtime.inference;

import java.util.List;
import java.util.Objects;

/**
 * Match scores in the order of the inputs.
 *
 * @param modelId the model that made them
 * @param results one outcome for each input
 * @param stats what it took
 */
public record MatchResponse(String modelId, List<Outcome<MatchScore>> results, MatchStats stats) {
  public MatchResponse {
    results = List.copyOf(results);
    Objects.requireNonNull(stats, "stats");
  }

  /** Scores of which nobody asks what they took. */
  public MatchResponse(String modelId, List<Outcome<MatchScore>> results) {
    this(modelId, results, MatchStats.NONE);
  }
}
