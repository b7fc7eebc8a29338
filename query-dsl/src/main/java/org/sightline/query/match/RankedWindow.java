package org.sightline.query.match;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.search.rank.RankDoc;
import org.sightline.runtime.inference.MatchScore;

/**
 * The result of a rerank.
 *
 * @param firstStage the window as the child gave it
 * @param ranked the same documents in the order and with the scores of the result
 * @param scores of the documents as the child gave them, null where there is none
 * @param reranked false when the first stage's order was taken because the rerank failed
 */
record RankedWindow(RankDoc[] firstStage, RankDoc[] ranked, MatchScore[] scores, boolean reranked) {

  /** A window without documents. */
  static RankedWindow empty() {
    return new RankedWindow(new RankDoc[0], new RankDoc[0], new MatchScore[0], true);
  }

  /**
   * The result, of which each document tells how it got there.
   *
   * @param modelId that matched
   */
  RankDoc[] explained(String modelId) {
    Map<RankDoc.RankKey, Integer> positions = new HashMap<>();
    for (int i = 0; i < firstStage.length; i++) {
      positions.put(Window.key(firstStage[i]), i);
    }
    return Arrays.stream(ranked)
        .map(
            doc -> {
              int position = positions.get(Window.key(doc));
              return new MatchedDoc(
                  doc, modelId, firstStage[position].score, position + 1, scores[position]);
            })
        .toArray(RankDoc[]::new);
  }

  /**
   * Orders by match score. Equal scores keep the first stage's order, and so do the documents
   * without a score, behind all others.
   *
   * <p>Elasticsearch sorts what we hand over by score alone, so scores must tell the order: an
   * equal score becomes the next smaller float, unless that would take it below {@code minScore};
   * documents without a score get subnormal ones, which any positive {@code min_score} drops.
   *
   * @param window in the first stage's order
   * @param scores one for each document, null where there is none
   */
  static RankedWindow reranked(
      RankDoc[] window, MatchScore[] scores, ScoreMode mode, Float minScore) {
    double[] evidence = new double[window.length];
    List<Integer> scored = new ArrayList<>();
    List<Integer> unscored = new ArrayList<>();
    for (int i = 0; i < window.length; i++) {
      if (scores[i] == null) {
        unscored.add(i);
      } else {
        evidence[i] = mode.evidence(scores[i]);
        scored.add(i);
      }
    }
    scored.sort(Comparator.comparingDouble((Integer i) -> evidence[i]).reversed());

    RankDoc[] ranked = new RankDoc[window.length];
    float previous = Float.POSITIVE_INFINITY;
    for (int rank = 0; rank < scored.size(); rank++) {
      int position = scored.get(rank);
      float score = (float) mode.score(evidence[position]);
      float floor = Float.MIN_NORMAL;
      if (minScore != null && score >= minScore) {
        floor = Math.max(floor, minScore);
      }
      score = Math.max(Math.min(score, Math.nextDown(previous)), floor);
      ranked[rank] = copy(window[position], score, rank + 1);
      previous = score;
    }
    for (int i = 0; i < unscored.size(); i++) {
      int rank = scored.size() + i;
      float score = (unscored.size() - i) * Float.MIN_VALUE;
      ranked[rank] = copy(window[unscored.get(i)], score, rank + 1);
    }
    return new RankedWindow(window, ranked, scores, true);
  }

  /** The first stage's order and, where they tell that order, its scores. */
  static RankedWindow firstStageOrder(RankDoc[] window) {
    boolean scoresTellOrder = true;
    for (int i = 0; i < window.length; i++) {
      float score = window[i].score;
      scoresTellOrder &= score >= 0 && (i == 0 || score <= window[i - 1].score);
    }
    RankDoc[] ranked = new RankDoc[window.length];
    float previous = Float.POSITIVE_INFINITY;
    for (int i = 0; i < window.length; i++) {
      float score = scoresTellOrder ? window[i].score : 1f / (i + 1);
      score = Math.max(0, Math.min(score, Math.nextDown(previous)));
      ranked[i] = copy(window[i], score, i + 1);
      previous = score;
    }
    return new RankedWindow(window, ranked, new MatchScore[window.length], false);
  }

  private static RankDoc copy(RankDoc doc, float score, int rank) {
    RankDoc copy = new RankDoc(doc.doc, score, doc.shardIndex);
    copy.rank = rank;
    return copy;
  }

  @Override
  public String toString() {
    return "RankedWindow" + Arrays.toString(ranked);
  }
}
