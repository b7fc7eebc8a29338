package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Pictures that the pipeline takes out, embedded by one model and reranked by another. */
class RemovedPicturesIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 20);
  private static final String TEXT = "\"smiling face with hearts\"";
  private static final String ALL = "\"standard\": { \"query\": { \"match_all\": {} } }";

  /** The same graph in batches of other sizes. */
  private static final double SAME_MODEL = 1e-4;

  /** The tokens are stored in half precision. */
  private static final double STORED = 5e-3;

  @Test
  void rerankAfterRemovalAndARestart() {
    Distribution distribution = Installation.unpack("removed");
    Map<String, Double> before;
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(distribution, "removed", NodeSpec.small("removed")).start()) {
      try (HttpJson client = new HttpJson(cluster.http())) {
        HttpJson.Reply reply = index(client, "kept", ", \"match_model_id\": \"emoji-blip\"");
        assertEquals(List.of(), reply.headers().allValues("Warning"));
        String first = "/kept/_source/" + PICTURES.get(0).id();
        assertFalse(client.ok("GET", first, null).has("photo"));
        before = scores(client);
        assertScores(ofPictures(client, before), before, SAME_MODEL);
        HttpJson.Reply warned = index(client, "bare", "");
        List<String> warnings = warned.headers().allValues("Warning");
        assertEquals(1, warnings.size());
        assertTrue(
            warnings.get(0).contains("name the model that reranks as [match_model_id]"),
            warnings::toString);
        Requests.await(
            "tokens on disk",
            () -> stats(client).at("/features_on_disk/entries").asInt() == PICTURES.size(),
            () -> stats(client).toString());
      }
      cluster.node(0).stop();
      cluster.start();
      try (HttpJson client = new HttpJson(cluster.http())) {
        assertEquals(0, stats(client).at("/features/entries").asInt());
        assertScores(before, scores(client), STORED);
        assertEquals(PICTURES.size(), stats(client).at("/features_on_disk/hits").asInt());
        checkLost(client);
      }
    }
    distribution.delete();
  }

  private static JsonNode stats(HttpJson client) {
    JsonNode nodes = client.ok("GET", "/_sightline/stats", null).required("nodes");
    return nodes.elements().next().required("cache");
  }

  private static HttpJson.Reply index(HttpJson client, String name, String option) {
    PhotoIndex photos = new PhotoIndex(client, name).create(2, 0);
    String pipeline = PhotoIndex.pipeline("\"remove_binary\": true" + option);
    HttpJson.Reply reply =
        Requests.expect(200, client, "PUT", "/_ingest/pipeline/" + name, pipeline);
    photos.add(PICTURES);
    return reply;
  }

  private static String body(String options) {
    String rerank = Requests.rerank(ALL, TEXT, PICTURES.size(), options);
    return Requests.search(Requests.retriever(rerank), PICTURES.size());
  }

  /** The score of each document, of which none has its picture any more. */
  private static Map<String, Double> scores(HttpJson client) {
    HttpJson.Reply reply = Requests.expect(200, client, "POST", "/kept/_search", body(""));
    assertEquals(List.of(), reply.headers().allValues("Warning"));
    List<String> ids = Requests.ids(reply.body());
    List<Double> scores = PhotoIndex.scores(reply.body());
    Map<String, Double> byId = new TreeMap<>();
    for (int i = 0; i < ids.size(); i++) {
      byId.put(ids.get(i), scores.get(i));
    }
    assertEquals(PICTURES.size(), byId.size());
    return byId;
  }

  private static Map<String, Double> ofPictures(HttpJson client, Map<String, Double> scores) {
    Map<String, Double> probabilities = new TreeMap<>();
    Requests.matches(
            client,
            PhotoIndex.MATCHING_MODEL,
            "smiling face with hearts",
            PICTURES,
            List.copyOf(scores.keySet()))
        .forEach((id, match) -> probabilities.put(id, match.required("probability").asDouble()));
    return probabilities;
  }

  private static void assertScores(
      Map<String, Double> expected, Map<String, Double> scores, double tolerance) {
    assertEquals(expected.keySet(), scores.keySet());
    expected.forEach((id, score) -> assertEquals(score, scores.get(id), tolerance, id));
  }

  /** Other pictures, without tokens of the model that reranks. */
  private static void checkLost(HttpJson client) {
    List<Picture> others = Installation.gallery().pictures().subList(100, 103);
    new PhotoIndex(client, "bare").add(others);
    HttpJson.Reply failed = Requests.expect(400, client, "POST", "/bare/_search", bare(""));
    assertTrue(
        // the first document that a node fetches comes alone
        failed
            .reason()
            .startsWith("[photo] cannot be read of at least [1] of [3] documents, the first:"),
        failed::reason);
    HttpJson.Reply allowed =
        Requests.expect(
            200, client, "POST", "/bare/_search", bare(", \"allow_rerank_failures\": true"));
    List<String> warnings = allowed.headers().allValues("Warning");
    assertEquals(1, warnings.size());
    assertTrue(warnings.get(0).contains("[3] of [3] documents"), warnings::toString);
  }

  private static String bare(String options) {
    String others =
        "\"standard\": { \"query\": { \"ids\": { \"values\": "
            + Installation.gallery().pictures().subList(100, 103).stream()
                .map(picture -> "\"" + picture.id() + "\"")
                .toList()
            + " } } }";
    String rerank = Requests.rerank(others, TEXT, 3, options);
    return Requests.search(Requests.retriever(rerank), 3);
  }
}
