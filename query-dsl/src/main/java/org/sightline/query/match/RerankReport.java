package org.sightline.query.match;

import java.util.Objects;
import org.sightline.runtime.inference.MatchStats;

/**
 * What became of one rerank and what it took, on the coordinating node. The three times do not
 * overlap, and together they are nearly all of {@code tookNanos}: while one chunk of content is
 * fetched and another matched, time counts for the one that ends first.
 *
 * @param modelId of the matching model
 * @param field path of what was matched
 * @param input the text of the query, null where it is an image
 * @param outcome what the search goes on with
 * @param failure why there are no match scores, null where there are
 * @param window documents of the first stage
 * @param matched of these, the ones with a match score
 * @param fetched of these, the ones whose content was fetched, because it was not known
 * @param sent of these, the ones that had content, which was sent to inference nodes
 * @param tookNanos the whole rerank
 * @param firstStageNanos the search that gave the window
 * @param fetchNanos fetching and decoding content
 * @param matchNanos waiting for inference nodes
 * @param stats what inference nodes told of matches that they answered
 */
public record RerankReport(
    String modelId,
    String field,
    String input,
    Outcome outcome,
    String failure,
    int window,
    int matched,
    int fetched,
    int sent,
    long tookNanos,
    long firstStageNanos,
    long fetchNanos,
    long matchNanos,
    MatchStats stats) {
  /** What a search goes on with. */
  public enum Outcome {
    /** Match scores. */
    RERANKED,
    /** The order of the first stage, because inference failed and that is allowed. */
    FIRST_STAGE,
    /** Nothing: it fails. */
    FAILED
  }

  public RerankReport {
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(stats, "stats");
  }
}
