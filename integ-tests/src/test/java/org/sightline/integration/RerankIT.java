package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
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

  private static final String TEXT = "\"" + QUERY + "\"";

  private static String knn() {
    return Requests.knn(TEXT, 20, 200, "");
  }

  /**
   * A search with 20 hits.
   *
   * @param options of the retriever, each after a comma
   */
  private static String body(String options) {
    return body(options, 20, "");
  }

  private static String body(String options, int size, String more) {
    return Requests.search(
        Requests.retriever(Requests.rerank(knn(), TEXT, WINDOW, options)) + more, size);
  }

  private List<String> window() {
    List<String> ids =
        Requests.ids(photos.search(Requests.search(Requests.retriever(knn()), WINDOW)));
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
    Map<String, JsonNode> matches =
        Requests.matches(cluster.client(), PhotoIndex.MATCHING_MODEL, QUERY, PICTURES, window);
    JsonNode reply = photos.search(body(""));
    List<String> ranked = Requests.ids(reply);
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
    Map<String, JsonNode> matches =
        Requests.matches(cluster.client(), PhotoIndex.MATCHING_MODEL, QUERY, PICTURES, window);
    ToDoubleFunction<String> sum =
        id ->
            matches.get(id).at("/logits/1").asDouble()
                + matches.get(id).required("similarity").asDouble();
    JsonNode reply = photos.search(body(", \"score_mode\": \"match_plus_similarity\""));
    assertSorted(window, Requests.ids(reply), sum);
    List<Double> scores = PhotoIndex.scores(reply);
    for (int i = 0; i < scores.size(); i++) {
      double x = sum.applyAsDouble(Requests.ids(reply).get(i));
      assertEquals(x < 0 ? 1 / (1 - x) : 1 + x, scores.get(i), NEAR_TIE);
    }
  }

  @Test
  void pagesThroughTheWindow(SharedCluster cluster) {
    List<String> whole = Requests.ids(photos.search(body("")));
    assertEquals(whole.subList(0, 5), Requests.ids(photos.search(body("", 5, ""))));
    assertEquals(whole.subList(5, 12), Requests.ids(photos.search(body("", 7, ", \"from\": 5"))));
  }

  @Test
  void minScoreDropsWhatMatchesLess(SharedCluster cluster) {
    JsonNode all = photos.search(body(""));
    double bound = (PhotoIndex.scores(all).get(5) + PhotoIndex.scores(all).get(6)) / 2;
    JsonNode some = photos.search(body(", \"min_score\": " + bound));
    assertEquals(Requests.ids(all).subList(0, 6), Requests.ids(some));
    assertEquals(6, some.at("/hits/total/value").asInt());
  }

  @Test
  void filtersTheFirstStage(SharedCluster cluster) {
    JsonNode reply = photos.search(body(", \"filter\": { \"term\": { \"group\": \"even\" } }"));
    assertEquals(WINDOW, reply.at("/hits/hits").size());
    reply.at("/hits/hits").forEach(hit -> assertEquals("even", hit.at("/_source/group").asText()));
  }

  @Test
  void aggregationsSeeTheHits(SharedCluster cluster) {
    JsonNode reply =
        photos.search(
            body("", 3, ", \"aggs\": { \"groups\": { \"terms\": { \"field\": \"group\" } } }"));
    int counted = 0;
    for (JsonNode bucket : reply.at("/aggregations/groups/buckets")) {
      counted += bucket.required("doc_count").asInt();
    }
    assertEquals(WINDOW, counted);
    assertEquals(3, reply.at("/hits/hits").size());
  }

  private static final String WORDS =
      "\"standard\": { \"query\": { \"match\": { \"title\": \"face\" } } }";

  @Test
  void readsAFirstStageOfWords(SharedCluster cluster) {
    String rerank = Requests.rerank(WORDS, TEXT, 15, "");
    String body = Requests.search(Requests.retriever(rerank), 15);
    JsonNode reply = photos.search(body);
    assertEquals(15, Requests.ids(reply).size());
    List<Double> scores = PhotoIndex.scores(reply);
    assertEquals(scores.stream().sorted(Comparator.reverseOrder()).toList(), scores);
    PhotoIndex.names(reply).forEach(name -> assertTrue(name.contains("face"), name));
  }

  @Test
  void aPictureIsMatchedWithTitles(SharedCluster cluster) {
    Picture picture = PICTURES.get(0);
    String rerank = Requests.rerank(WORDS, PhotoIndex.imageInput(picture), 10, "");
    String titles = rerank.replace("\"photo\"", "\"title\"");
    JsonNode reply = photos.search(Requests.search(Requests.retriever(titles), 10));
    String best = "\"" + PhotoIndex.names(reply).get(0) + "\"";
    JsonNode direct =
        Requests.matches(
            cluster.client(),
            PhotoIndex.MATCHING_MODEL,
            PhotoIndex.imageInput(picture),
            List.of(best));
    assertEquals(
        direct.at("/0/probability").asDouble(), PhotoIndex.scores(reply).get(0), SAME_MODEL);
  }

  @Test
  void theNodeWithoutInferenceReranksTheSame(SharedCluster cluster) {
    String body = body("");
    JsonNode remote = photos.search(cluster.clientWithoutInference(), body);
    assertEquals(Requests.ids(photos.search(body)), Requests.ids(remote));
  }

  @Test
  void documentsWithoutADigestAreFetched(SharedCluster cluster) {
    String withDigest = body("");
    String without = body(", \"digest_field\": \"name\"");
    // names are no digests that any node knows, so every picture is fetched from its document
    assertEquals(Requests.ids(photos.search(withDigest)), Requests.ids(photos.search(without)));
  }

  /** A bulk update goes past the pipeline: the digest stays that of the old picture. */
  @Test
  void aDigestThatAnUpdateLeftBehindIsTold(SharedCluster cluster) {
    List<Picture> few = PICTURES.subList(0, 3);
    PhotoIndex changed = new PhotoIndex(cluster.client(), "rerank-changed").create(1, 0).add(few);
    String all = "\"standard\": { \"query\": { \"match_all\": {} } }";
    String body = Requests.search(Requests.retriever(Requests.rerank(all, TEXT, 3, "")), 3);
    changed.search(body); // from now on the old picture's tokens are known
    String id = few.get(0).id();
    Picture other = PICTURES.get(150);
    String photo = PhotoIndex.document(other, 0).required("photo").toString();
    changed.bulk("{\"update\":{\"_id\":\"" + id + "\"}}\n{\"doc\":{\"photo\":" + photo + "}}\n");
    cluster.client().ok("POST", "/rerank-changed/_refresh", null);

    HttpJson.Reply old =
        Requests.expect(200, cluster.client(), "POST", "/rerank-changed/_search", body);
    assertEquals(List.of(), old.headers().allValues("Warning"));
    HttpJson.Reply verified =
        Requests.expect(
            200,
            cluster.client(),
            "POST",
            "/rerank-changed/_search",
            body.replace("\"field\"", "\"verify_digests\": true, \"field\""));
    assertEquals(1, verified.headers().allValues("Warning").size());
    String warning = verified.headers().allValues("Warning").get(0);
    assertTrue(
        warning.contains(
            "[image_text_match] [1] of [3] documents have a digest in [photo_digest] that is not of"
                + " their [photo], which changed without the ingest pipeline: the picture was"
                + " scored, but their vectors are stale too; update them with [_update_by_query]"
                + " and the pipeline"),
        warning);
    double expected =
        Requests.matches(
                cluster.client(),
                PhotoIndex.MATCHING_MODEL,
                TEXT,
                List.of(PhotoIndex.imageInput(other)))
            .at("/0/probability")
            .asDouble();
    assertEquals(expected, score(verified.body(), id), SAME_MODEL);
    assertNotEquals(expected, score(old.body(), id), SAME_MODEL);
  }

  private static double score(JsonNode reply, String id) {
    return PhotoIndex.scores(reply).get(Requests.ids(reply).indexOf(id));
  }

  @Test
  void failuresKeepTheFirstStageOnlyWhereThatIsAllowed(SharedCluster cluster) {
    String unknown = body("").replace("emoji-blip", "no-such-model");
    HttpJson.Reply refused =
        Requests.expect(400, cluster.client(), "POST", "/rerank/_search", unknown);
    assertTrue(refused.reason().contains("model [no-such-model] does not exist"), refused::reason);
    String allowed =
        body(", \"allow_rerank_failures\": true").replace("emoji-blip", "no-such-model");
    HttpJson.Reply reply =
        Requests.expect(200, cluster.client(), "POST", "/rerank/_search", allowed);
    assertEquals(window(), Requests.ids(reply.body()));
    List<String> warnings = reply.headers().allValues("Warning");
    assertFalse(warnings.isEmpty());
    assertTrue(warnings.get(0).contains("no-such-model"), warnings::toString);
  }
}
