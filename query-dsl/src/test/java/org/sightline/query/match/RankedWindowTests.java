package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.lucene.search.Explanation;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.test.ESTestCase;
import org.sightline.query.QueryExtensions;
import org.sightline.runtime.inference.MatchScore;

/** The order that scores give, and the scores that order is told by. */
public class RankedWindowTests extends ESTestCase {

  private static RankDoc[] window(float... scores) {
    RankDoc[] docs = new RankDoc[scores.length];
    for (int i = 0; i < scores.length; i++) {
      docs[i] = new RankDoc(i, scores[i], i % 3);
    }
    return docs;
  }

  private static MatchScore[] logits(Float... logits) {
    return Arrays.stream(logits)
        .map(logit -> logit == null ? null : new MatchScore(0, logit, logit / 10))
        .toArray(MatchScore[]::new);
  }

  private static List<Integer> order(RankedWindow window) {
    return Arrays.stream(window.ranked()).map(doc -> doc.doc).toList();
  }

  private static void assertScoresTellTheOrder(RankedWindow window) {
    RankDoc[] ranked = window.ranked();
    for (int i = 0; i < ranked.length; i++) {
      assertEquals(i + 1, ranked[i].rank);
      assertTrue("score is positive", ranked[i].score > 0);
      if (i > 0) {
        if (ranked[i].score >= ranked[i - 1].score) {
          fail("not falling at [" + i + "]: " + window);
        }
      }
    }
  }

  public void testOrdersByProbability() {
    RankedWindow window =
        RankedWindow.reranked(
            window(3, 2, 1), logits(-1f, 2f, 0f), ScoreMode.MATCH_PROBABILITY, null);
    assertEquals(List.of(1, 2, 0), order(window));
    assertEquals(1 / (1 + Math.exp(-2)), window.ranked()[0].score, 1e-7);
    assertEquals(0.5, window.ranked()[1].score, 1e-7);
    assertEquals(new MatchScore(0, 2f, null).probability(), window.ranked()[0].score, 1e-7);
    assertEquals("shards are kept", 1, window.ranked()[0].shardIndex);
    assertScoresTellTheOrder(window);
    assertTrue(window.reranked());
  }

  public void testSaturatedProbabilitiesKeepTheOrderOfTheirLogits() {
    RankedWindow window =
        RankedWindow.reranked(
            window(4, 3, 2, 1), logits(30f, 50f, -120f, -150f), ScoreMode.MATCH_PROBABILITY, null);
    assertEquals(List.of(1, 0, 2, 3), order(window));
    assertEquals(1f, window.ranked()[0].score, 0);
    assertEquals(1f, window.ranked()[1].score, 1e-6);
  }

  public void testEqualScoresKeepTheOrderOfTheFirstStage() {
    RankedWindow window =
        RankedWindow.reranked(
            window(4, 3, 2, 1), logits(1f, 1f, 1f, 1f), ScoreMode.MATCH_PROBABILITY, null);
    assertEquals(List.of(0, 1, 2, 3), order(window));
    assertScoresTellTheOrder(window);
  }

  public void testTiesAreNotPushedBelowMinScore() {
    RankedWindow window =
        RankedWindow.reranked(
            window(3, 2, 1), logits(0f, 0f, -1f), ScoreMode.MATCH_PROBABILITY, 0.5f);
    assertEquals(0.5f, window.ranked()[0].score, 0);
    assertEquals(0.5f, window.ranked()[1].score, 0);
    assertTrue(window.ranked()[2].score < 0.5f);
  }

  public void testDocumentsWithoutScoreAreLastInTheOrderOfTheFirstStage() {
    RankedWindow window =
        RankedWindow.reranked(
            window(5, 4, 3, 2, 1),
            logits(null, -200f, null, 1f, null),
            ScoreMode.MATCH_PROBABILITY,
            null);
    assertEquals(List.of(3, 1, 0, 2, 4), order(window));
    assertScoresTellTheOrder(window);
    assertEquals(Float.MIN_NORMAL, window.ranked()[1].score, 0);
    assertTrue("any min_score drops them", window.ranked()[2].score < Float.MIN_NORMAL);
  }

  public void testLargeWindowOfDocumentsWithoutScore() {
    RankDoc[] docs = window(new float[ImageTextMatchRetrieverBuilder.MAX_WINDOW]);
    RankedWindow window =
        RankedWindow.reranked(
            docs, new MatchScore[docs.length], ScoreMode.MATCH_PLUS_SIMILARITY, null);
    assertScoresTellTheOrder(window);
    assertTrue(window.ranked()[0].score < Float.MIN_NORMAL);
  }

  public void testRandomOrderIsThatOfTheLogits() {
    Random random = random();
    Float[] logits = new Float[200];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian() * 10;
    }
    for (ScoreMode mode : ScoreMode.values()) {
      RankedWindow window =
          RankedWindow.reranked(window(new float[200]), logits(logits), mode, null);
      for (int i = 1; i < 200; i++) {
        assertTrue(logits[order(window).get(i)] <= logits[order(window).get(i - 1)]);
      }
      assertScoresTellTheOrder(window);
    }
  }

  public void testPlusSimilarityIsPositiveAndRises() {
    ScoreMode mode = ScoreMode.MATCH_PLUS_SIMILARITY;
    assertEquals(1, mode.score(0), 0);
    assertEquals(3.5, mode.score(2.5), 0);
    assertEquals(0.25, mode.score(-3), 0);
    assertEquals(2.75, mode.evidence(new MatchScore(9, 2.5f, 0.25f)), 0);
    float previous = 0;
    for (double evidence = -40; evidence <= 40; evidence += 0.01) {
      float score = (float) mode.score(evidence);
      assertTrue(score > previous);
      previous = score;
    }
  }

  public void testPlusSimilarityNeedsASimilarity() {
    ElasticsearchStatusException e =
        expectThrows(
            ElasticsearchStatusException.class,
            () -> ScoreMode.MATCH_PLUS_SIMILARITY.evidence(new MatchScore(0, 1, null)));
    assertEquals(
        "[score_mode] [match_plus_similarity] needs a model that gives a similarity as well,"
            + " use [match_probability]",
        e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  public void testFirstStageOrderKeepsItsScores() {
    RankedWindow window = RankedWindow.firstStageOrder(window(0.9f, 0.5f, 0.5f, 0.1f));
    assertEquals(List.of(0, 1, 2, 3), order(window));
    assertEquals(0.9f, window.ranked()[0].score, 0);
    assertEquals(0.5f, window.ranked()[2].score, 1e-6);
    assertScoresTellTheOrder(window);
    assertFalse(window.reranked());
  }

  public void testFirstStageOrderThatScoresDoNotTell() {
    for (float[] scores : new float[][] {{0.1f, 0.9f, 0.5f}, {Float.NaN, Float.NaN, Float.NaN}}) {
      RankedWindow window = RankedWindow.firstStageOrder(window(scores));
      assertEquals(List.of(0, 1, 2), order(window));
      assertEquals(1 / 3f, window.ranked()[2].score, 0);
      assertScoresTellTheOrder(window);
    }
  }

  public void testDocumentsExplainThemselvesAfterTravelling() throws IOException {
    RankedWindow window =
        RankedWindow.reranked(
            window(3, Float.NaN), logits(null, 2f), ScoreMode.MATCH_PROBABILITY, null);
    NamedWriteableRegistry registry = new NamedWriteableRegistry(QueryExtensions.namedWriteables());
    List<String> explanations = new ArrayList<>();
    for (RankDoc doc : window.explained("blip")) {
      RankDoc copy = copyNamedWriteable(doc, registry, RankDoc.class);
      assertEquals(doc, copy);
      assertEquals(doc.hashCode(), copy.hashCode());
      explanations.add(copy.explain(new Explanation[0], new String[0]).toString());
    }
    assertEquals(
        List.of(
            """
            0.8807971 = is at rank [1], matched by model [blip]
              0.8807971 = match probability
              2.0 = logit of a match
              0.0 = logit of no match
              0.2 = similarity of the embeddings
              2 = rank in the first stage
              0.0 = no score in the first stage
            """,
            """
            1.4E-45 = is at rank [2], without a match score by model [blip]
              1 = rank in the first stage
              3.0 = score in the first stage
            """),
        explanations);
  }
}
