package org.sightline.query.match;

import java.util.Objects;
import org.elasticsearch.common.logging.HeaderWarning;
import org.sightline.runtime.inference.MatchScore;

/**
 * What a rerank knows of the documents of its window: of each, the best score of its images or
 * texts, or why there is none. Thread-safe.
 */
final class WindowScores {
  private final ScoreMode mode;
  private final MatchScore[] best;

  /** The first reason for which an image or text of the document has no score. */
  private final String[] failures;

  /** Whether the document has an image that its digests do not know. */
  private final boolean[] stale;

  private int withoutContent;

  WindowScores(int documents, ScoreMode mode) {
    this.mode = mode;
    this.best = new MatchScore[documents];
    this.failures = new String[documents];
    this.stale = new boolean[documents];
  }

  /** One for each document, null where there is none. */
  synchronized MatchScore[] best() {
    return best.clone();
  }

  synchronized void add(int position, MatchScore score) {
    if (best[position] == null || mode.evidence(score) > mode.evidence(best[position])) {
      best[position] = score;
    }
  }

  synchronized void failed(int position, String reason) {
    if (failures[position] == null) {
      failures[position] = reason;
    }
  }

  synchronized void stale(int position) {
    stale[position] = true;
  }

  synchronized void withoutContent() {
    withoutContent++;
  }

  /** Tells the user what the order does not show. */
  synchronized void warn(MatchOptions options, String digestField) {
    int failed = 0;
    int partly = 0;
    int changed = 0;
    String firstFailure = null;
    String firstPartly = null;
    for (int i = 0; i < best.length; i++) {
      if (failures[i] != null && best[i] == null) {
        failed++;
        firstFailure = Objects.requireNonNullElse(firstFailure, failures[i]);
      } else if (failures[i] != null) {
        partly++;
        firstPartly = Objects.requireNonNullElse(firstPartly, failures[i]);
      }
      changed += stale[i] ? 1 : 0;
    }
    if (failed > 0) {
      warn(
          "could not score [{}] of [{}] documents, they are ranked last; the first: {}",
          failed,
          best.length,
          firstFailure);
    }
    if (partly > 0) {
      warn(
          "could not score all of [{}] in [{}] of [{}] documents, the rest of it counts; the first:"
              + " {}",
          options.field(),
          partly,
          best.length,
          firstPartly);
    }
    if (changed > 0) {
      warn(
          "[{}] of [{}] documents have a digest in [{}] that is not of their [{}], which changed"
              + " without the ingest pipeline: the picture was scored, but their vectors are stale"
              + " too; update them with [_update_by_query] and the pipeline",
          changed,
          best.length,
          digestField,
          options.field());
    }
    if (withoutContent == best.length) {
      // some without are normal; all without is likely a misspelt field
      warn(
          "could not rerank, none of [{}] documents has [{}] in its _source",
          best.length,
          options.field());
    }
  }

  private static void warn(String message, Object... arguments) {
    HeaderWarning.addWarning("[" + ImageTextMatchRetrieverBuilder.NAME + "] " + message, arguments);
  }
}
