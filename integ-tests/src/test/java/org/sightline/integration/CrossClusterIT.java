package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** A node of a cluster of its own searches there and in the shared cluster, which is far away. */
@ExtendWith(ClusterExtension.class)
class CrossClusterIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 60);
  private static final String INPUT = "\"smiling face with hearts\"";
  private static final String BOTH = "near-photos,far:far-photos";

  private static Distribution distribution;
  private static ElasticsearchCluster near;
  private static HttpJson client;
  private static PhotoIndex nearPhotos;
  private static PhotoIndex farPhotos;

  @BeforeAll
  static void start(SharedCluster far) {
    distribution = Installation.unpack("near");
    near = ElasticsearchCluster.of(distribution, "near", NodeSpec.small("near")).start();
    client = new HttpJson(near.http());
    nearPhotos = new PhotoIndex(client, "near-photos").create(2, 0).add(PICTURES.subList(0, 30));
    farPhotos =
        new PhotoIndex(far.client(), "far-photos").create(2, 0).add(PICTURES.subList(30, 60));
    JsonNode nodes = far.client().ok("GET", "/_nodes/_local/transport", null).required("nodes");
    String seed = nodes.iterator().next().required("transport_address").asText();
    client.ok(
        "PUT",
        "/_cluster/settings",
        PhotoIndex.json("{ \"persistent\": { \"cluster.remote.far.seeds\": [ \"%s\" ] } }", seed));
  }

  @AfterAll
  static void stop() {
    client.close();
    near.close();
    distribution.delete();
  }

  private static String imageText(String more) {
    return "\"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": "
        + INPUT
        + ", \"k\": 30, \"num_candidates\": 100"
        + more
        + " } }";
  }

  private static JsonNode search(String indices, String parameter, String body) {
    JsonNode reply = client.ok("POST", "/" + indices + "/_search" + parameter, body);
    assertEquals(0, reply.at("/_shards/failed").asInt(), reply::toString);
    return reply;
  }

  /** Of both clusters, by the scores that each gives alone. */
  private static List<String> merged(String body) {
    Map<String, Double> scores = new TreeMap<>();
    for (JsonNode reply : List.of(nearPhotos.search(body), farPhotos.search(body))) {
      for (JsonNode hit : reply.at("/hits/hits")) {
        scores.put(hit.required("_id").asText(), hit.required("_score").asDouble());
      }
    }
    List<String> ids = new ArrayList<>(scores.keySet());
    ids.sort(Comparator.comparing(scores::get).reversed());
    return ids;
  }

  @Test
  void nearestOfBothClusters(SharedCluster far) {
    List<String> bodies =
        List.of(
            Requests.search(imageText(""), 60),
            Requests.search(imageText(", \"filter\": { \"term\": { \"group\": \"odd\" } }"), 60),
            Requests.search(Requests.knn(INPUT, 60, 100, ""), 60));
    for (String body : bodies) {
      List<String> expected = merged(body);
      for (String minimized : List.of("true", "false")) {
        String parameter = "?ccs_minimize_roundtrips=" + minimized;
        JsonNode reply = search(BOTH, parameter, body);
        assertEquals(expected, Requests.ids(reply), parameter + " " + body);
        assertEquals(2, reply.at("/_clusters/successful").asInt());
      }
    }
  }

  @Test
  void aRerankReadsPicturesOfBothClusters(SharedCluster far) {
    String first = Requests.knn(INPUT, 60, 100, "");
    String body = Requests.search(Requests.retriever(Requests.rerank(first, INPUT, 60, "")), 60);
    assertEquals(merged(body), Requests.ids(search(BOTH, "", body)));
  }

  @Test
  void theFarMappingNamesNoModel(SharedCluster far) {
    String path = "/far:far-photos/_search";
    assertEquals(
        "[model_id] is required: no mapping of [photo_vector] names a model as"
            + " [meta][sightline.model_id]",
        Requests.expect(400, client, "POST", path, Requests.search(imageText(""), 30)).reason());
    String body = Requests.search(imageText(", \"model_id\": \"emoji-clip\""), 30);
    assertEquals(
        Requests.ids(farPhotos.search(body)), Requests.ids(search("far:far-photos", "", body)));
  }
}
