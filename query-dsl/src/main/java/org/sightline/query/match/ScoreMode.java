package org.sightline.query.match;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.rest.RestStatus;
import org.sightline.runtime.inference.MatchScore;

/** What a document's score is made of. */
public enum ScoreMode {
  /** Softmax of the ITM logits at "matches", in (0, 1]. */
  MATCH_PROBABILITY {
    @Override
    double evidence(MatchScore score) {
      return (double) score.matchLogit() - score.noMatchLogit();
    }

    @Override
    double score(double evidence) {
      return 1 / (1 + Math.exp(-evidence));
    }
  },

  /**
   * ITM match logit plus ITC cosine, the sum by which the BLIP paper's evaluation orders its
   * candidates (Li et al. 2022), mapped to (0, ∞) by {@code x < 0 ? 1/(1-x) : 1+x}. Lucene maps
   * inner products the same way: strictly rising, and without the saturation of a logistic curve.
   */
  MATCH_PLUS_SIMILARITY {
    @Override
    double evidence(MatchScore score) {
      if (score.similarity() == null) {
        throw new ElasticsearchStatusException(
            "[score_mode] [{}] needs a model that gives a similarity as well, use [{}]",
            RestStatus.BAD_REQUEST,
            this,
            MATCH_PROBABILITY);
      }
      return (double) score.matchLogit() + score.similarity();
    }

    @Override
    double score(double evidence) {
      return evidence < 0 ? 1 / (1 - evidence) : 1 + evidence;
    }
  };

  /** What orders documents, unbounded: finer than the score, which may saturate. */
  abstract double evidence(MatchScore score);

  /** The score that users see: rises with the evidence, never negative. */
  abstract double score(double evidence);

  static ScoreMode parse(String name) {
    for (ScoreMode mode : values()) {
      if (mode.toString().equals(name)) {
        return mode;
      }
    }
    List<String> allowed = Arrays.stream(values()).map(ScoreMode::toString).toList();
    throw new IllegalArgumentException(
        "[score_mode] must be one of " + allowed + ", got [" + name + "]");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
