package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * The retriever on three shards. What it must give is computed from {@code _match} here: the scores
 * of the window's pictures, sorted.
 */
@ExtendWith(ClusterExtension.class)
class RerankIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 200);
  private static final String QUERY = "smiling face with hearts";
  private static final int WINDOW = 20;

  /** The same graph in batches of other sizes. */
  private static final double SAME_MODEL = 1e-4;

  /** In units of logits, which are several times larger than probabilities. */
  private static final double NEAR_TIE = 1e-3;

  private static PhotoIndex photos;

  @BeforeAll
  static void index(SharedCluster cluster) {
    photos = new PhotoIndex(cluster.client(), "rerank").create(3, 1).add(PICTURES);
  }

  private static String knn(String more) {
    return PhotoIndex.json(
        """
        "knn": { "field": "photo_vector", "k": 20, "num_candidates": 200, %s
          "query_vector_builder": {
            "image_text_embedding": { "model_id": "emoji-clip", "input": "%s" } } }""",
        more, QUERY);
  }

  private static String body(String options, String search) {
    return PhotoIndex.json(
        """
        { "retriever": { "image_text_match": {
            "retriever": { %s }, "model_id": "emoji-blip", "input": "%s", "field": "photo",
            "rank_window_size": %d %s } },
          "_source": ["name", "group"] %s }""",
        knn(""), QUERY, WINDOW, options, search);
  }

  /** What {@code _match} says about those pictures, by document id. */
  private static Map<String, JsonNode> matches(HttpJson client, List<String> ids) {
    List<String> inputs = new ArrayList<>();
    for (String id : ids) {
      inputs.add(PhotoIndex.imageInput(picture(id)));
    }
    JsonNode reply =
        client.ok(
            "POST",
            "/_sightline/models/emoji-blip/_match",
            "{\"query\":\"" + QUERY + "\",\"input\":[" + String.join(",", inputs) + "]}");
    JsonNode scores = reply.required("scores");
    assertEquals(ids.size(), scores.size());
    Map<String, JsonNode> byId = new HashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      byId.put(ids.get(i), scores.get(i));
    }
    return byId;
  }

  private static Picture picture(String id) {
    return PICTURES.stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
  }

  private static List<String> ids(JsonNode reply) {
    List<String> ids = new ArrayList<>();
    reply.at("/hits/hits").forEach(hit -> ids.add(hit.required("_id").asText()));
    return ids;
  }

  private List<String> window() {
    String first = "{ \"retriever\": {" + knn("") + "}, \"size\": 20, \"_source\": false }";
    List<String> ids = ids(photos.search(first));
    assertEquals(WINDOW, ids.size());
    return ids;
  }

  private static double evidence(JsonNode match) {
    return match.at("/logits/1").asDouble() - match.at("/logits/0").asDouble();
  }

  /** The same documents, best first; judged by score, so that near ties may stand either way. */
  private static void assertSorted(
      List<String> window, List<String> ranked, ToDoubleFunction<String> evidence) {
    assertEquals(new TreeSet<>(window), new TreeSet<>(ranked));
    for (int i = 1; i < ranked.size(); i++) {
      double better = evidence.applyAsDouble(ranked.get(i - 1));
      double worse = evidence.applyAsDouble(ranked.get(i));
      assertTrue(better >= worse - NEAR_TIE, "rank " + i + ": " + better + " before " + worse);
    }
  }

  @Test
  void ordersTheWindowByMatchProbability(SharedCluster cluster) {
    List<String> window = window();
    Map<String, JsonNode> matches = matches(cluster.client(), window);
    JsonNode reply = photos.search(body("", ", \"size\": 20"));
    List<String> ranked = ids(reply);
    assertSorted(window, ranked, id -> evidence(matches.get(id)));
    assertNotEquals(window, ranked);
    List<Double> scores = PhotoIndex.scores(reply);
    for (int i = 0; i < scores.size(); i++) {
      double probability = matches.get(ranked.get(i)).required("probability").asDouble();
      assertEquals(probability, scores.get(i), SAME_MODEL);
    }
  }

  @Test
  void matchPlusSimilarityOrdersByTheSum(SharedCluster cluster) {
    List<String> window = window();
    Map<String, JsonNode> matches = matches(cluster.client(), window);
    ToDoubleFunction<String> sum =
        id ->
            matches.get(id).at("/logits/1").asDouble()
                + matches.get(id).required("similarity").asDouble();
    JsonNode reply =
        photos.search(body(", \"score_mode\": \"match_plus_similarity\"", ", \"size\": 20"));
    assertSorted(window, ids(reply), sum);
    List<Double> scores = PhotoIndex.scores(reply);
    for (int i = 0; i < scores.size(); i++) {
      double x = sum.applyAsDouble(ids(reply).get(i));
      assertEquals(x < 0 ? 1 / (1 - x) : 1 + x, scores.get(i), NEAR_TIE);
    }
  }

  @Test
  void pagesThroughTheWindow(SharedCluster cluster) {
    List<String> whole = ids(photos.search(body("", ", \"size\": 20")));
    assertEquals(whole.subList(0, 5), ids(photos.search(body("", ", \"size\": 5"))));
    assertEquals(whole.subList(5, 12), ids(photos.search(body("", ", \"from\": 5, \"size\": 7"))));
  }

  @Test
  void minScoreDropsWhatMatchesLess(SharedCluster cluster) {
    JsonNode all = photos.search(body("", ", \"size\": 20"));
    double bound = (PhotoIndex.scores(all).get(5) + PhotoIndex.scores(all).get(6)) / 2;
    JsonNode some = photos.search(body(", \"min_score\": " + bound, ", \"size\": 20"));
    assertEquals(ids(all).subList(0, 6), ids(some));
    assertEquals(6, some.at("/hits/total/value").asInt());
  }

  @Test
  void filtersTheFirstStage(SharedCluster cluster) {
    JsonNode reply =
        photos.search(
            body(", \"filter\": { \"term\": { \"group\": \"even\" } }", ", \"size\": 20"));
    assertEquals(WINDOW, reply.at("/hits/hits").size());
    reply.at("/hits/hits").forEach(hit -> assertEquals("even", hit.at("/_source/group").asText()));
  }

  @Test
  void aggregationsSeeTheHits(SharedCluster cluster) {
    JsonNode reply =
        photos.search(
            body(
                "",
                ", \"size\": 3, \"aggs\": { \"groups\": { \"terms\": { \"field\": \"group\" } } }"));
    int counted = 0;
    for (JsonNode bucket : reply.at("/aggregations/groups/buckets")) {
      counted += bucket.required("doc_count").asInt();
    }
    assertEquals(WINDOW, counted);
    assertEquals(3, reply.at("/hits/hits").size());
  }

  @Test
  void readsAFirstStageOfWords(SharedCluster cluster) {
    String body =
        """
        { "retriever": { "image_text_match": {
            "retriever": { "standard": { "query": { "match": { "title": "face" } } } },
            "model_id": "emoji-blip", "input": "smiling face with hearts", "field": "photo",
            "rank_window_size": 15 } }, "size": 15, "_source": ["name"] }""";
    JsonNode reply = photos.search(body);
    assertEquals(15, ids(reply).size());
    List<Double> scores = PhotoIndex.scores(reply);
    assertEquals(scores.stream().sorted(Comparator.reverseOrder()).toList(), scores);
    PhotoIndex.names(reply).forEach(name -> assertTrue(name.contains("face"), name));
  }

  @Test
  void aPictureIsMatchedWithTitles(SharedCluster cluster) {
    Picture picture = PICTURES.get(0);
    String body =
        PhotoIndex.json(
            """
        { "retriever": { "image_text_match": {
            "retriever": { "standard": { "query": { "match": { "title": "face" } } } },
            "model_id": "emoji-blip", "input": %s, "field": "title",
            "rank_window_size": 10 } }, "size": 10, "_source": ["name"] }""",
            PhotoIndex.imageInput(picture));
    JsonNode reply = photos.search(body);
    JsonNode direct =
        cluster
            .client()
            .ok(
                "POST",
                "/_sightline/models/emoji-blip/_match",
                "{\"query\":"
                    + PhotoIndex.imageInput(picture)
                    + ",\"input\":[\""
                    + PhotoIndex.names(reply).get(0)
                    + "\"]}");
    assertEquals(
        direct.at("/scores/0/probability").asDouble(), PhotoIndex.scores(reply).get(0), SAME_MODEL);
  }

  @Test
  void theNodeWithoutInferenceReranksTheSame(SharedCluster cluster) {
    String body = body("", ", \"size\": 20");
    JsonNode remote = photos.search(cluster.clientWithoutInference(), body);
    assertEquals(ids(photos.search(body)), ids(remote));
  }

  @Test
  void documentsWithoutADigestAreFetched(SharedCluster cluster) {
    String withDigest = body("", ", \"size\": 20");
    String without = body(", \"digest_field\": \"name\"", ", \"size\": 20");
    // names are no digests that any node knows, so every picture is fetched from its document
    assertEquals(ids(photos.search(withDigest)), ids(photos.search(without)));
  }

  @Test
  void failuresKeepTheFirstStageOnlyWhereThatIsAllowed(SharedCluster cluster) {
    String unknown = body("", ", \"size\": 20").replace("emoji-blip", "no-such-model");
    HttpJson.Reply refused = cluster.client().send("POST", "/rerank/_search", unknown);
    assertEquals(400, refused.status());
    assertTrue(refused.reason().contains("model [no-such-model] does not exist"), refused::reason);
    String allowed =
        body(", \"allow_rerank_failures\": true", ", \"size\": 20")
            .replace("emoji-blip", "no-such-model");
    HttpJson.Reply reply = cluster.client().send("POST", "/rerank/_search", allowed);
    assertEquals(200, reply.status(), () -> reply.body().toString());
    assertEquals(window(), ids(reply.body()));
    List<String> warnings = reply.headers().allValues("Warning");
    assertFalse(warnings.isEmpty());
    assertTrue(warnings.get(0).contains("no-such-model"), warnings::toString);
  }
}
