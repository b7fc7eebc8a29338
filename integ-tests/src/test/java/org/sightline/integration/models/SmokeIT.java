package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * What everybody uses, in short, on whichever Elasticsearch the build is for: {@code ./test} runs
 * this class alone on the older ones. Requests go to the node without models, so that all inference
 * crosses the network.
 */
class SmokeIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 40);
  private static final String TEXT = "\"" + PICTURES.get(0).name() + "\"";
  private static final String IMAGE_TEXT =
      "\"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": " + TEXT + " %s } }";

  private static ElasticsearchCluster cluster;
  private static HttpJson client;
  private static PhotoIndex photos;

  @BeforeAll
  static void start() {
    cluster =
        ElasticsearchCluster.of(
                Installation.unpack("smoke"),
                "smoke",
                NodeSpec.small("no-inference").with("sightline.inference.enabled", "false"),
                NodeSpec.small("inference"))
            .start();
    client = new HttpJson(cluster.http());
    photos = new PhotoIndex(client, "smoke").create(2, 1).add(PICTURES);
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
  }

  private static JsonNode imageText(String options) {
    return photos.search(Requests.search(PhotoIndex.json(IMAGE_TEXT, options), 5));
  }

  @Test
  void picturesAreFoundByTheirName() {
    assertEquals(5, Requests.ids(imageText("")).size());
    String knn = Requests.search(Requests.knn(TEXT, 5, 50, ""), 5);
    assertEquals(Requests.ids(photos.search(knn)), Requests.ids(imageText("")));
  }

  @Test
  void aRerankOrdersByMatchScore() {
    String rerank = Requests.rerank(Requests.knn(TEXT, 20, 40, ""), TEXT, 20, "");
    JsonNode reply = photos.search(Requests.search(Requests.retriever(rerank), 5));
    List<String> ids = Requests.ids(reply);
    var matches = Requests.matches(client, "emoji-blip", PICTURES.get(0).name(), PICTURES, ids);
    for (int i = 0; i < ids.size(); i++) {
      double expected = matches.get(ids.get(i)).required("probability").asDouble();
      assertEquals(expected, PhotoIndex.scores(reply).get(i), 1e-4);
    }
    assertEquals(
        PhotoIndex.scores(reply).stream().sorted((a, b) -> Double.compare(b, a)).toList(),
        PhotoIndex.scores(reply));
  }

  @Test
  void aRerankLeavesOutWhatMatchesTooLittle() {
    String rerank = Requests.rerank(Requests.knn(TEXT, 20, 40, ""), TEXT, 20, ", \"min_score\": 2");
    assertEquals(
        List.of(), Requests.ids(photos.search(Requests.search(Requests.retriever(rerank), 5))));
  }

  @Test
  void picturesGetCaptionsAndLabels() {
    String image = PhotoIndex.imageInput(PICTURES.get(0));
    JsonNode captions = Requests.ask(client, "emoji-blip", "_caption", "{\"input\":" + image + "}");
    assertFalse(captions.at("/captions/0/0/text").asText().isEmpty(), captions::toString);
    JsonNode labels =
        Requests.ask(
            client,
            "emoji-clip",
            "_classify",
            "{\"input\":" + image + ",\"labels\":[\"face\",\"flag\"]}");
    assertEquals(2, labels.at("/classifications/0").size(), labels::toString);
  }

  @Test
  void statsAreOfBothNodes() {
    JsonNode stats = client.ok("GET", "/_sightline/stats", null);
    assertEquals(2, stats.required("nodes").size(), stats::toString);
  }

  @Test
  void aPushedModelServes() {
    PushedBundle bundle = PushedBundle.of("pushed", 24);
    bundle.push(client);
    String body = "{\"input\":[\"a red heart\"]}";
    Requests.await(
        "the pushed model serves",
        () -> client.send("POST", bundle.path() + "/_embed", body).ok(),
        () -> client.send("GET", "/_sightline/models", null).body().toString());
    assertEquals(
        Requests.ask(client, "emoji-clip", "_embed", body).required("embeddings"),
        Requests.ask(client, "pushed", "_embed", body).required("embeddings"));
    client.ok("DELETE", bundle.path(), null);
  }

  /** The table says whether this version takes an option; the version says whether that is true. */
  @Test
  void optionsAreTakenAsTheTableOfVersionsSays() throws IOException {
    String version =
        client
            .ok("GET", "/_nodes", null)
            .required("nodes")
            .elements()
            .next()
            .required("version")
            .asText();
    for (String option :
        List.of("\"visit_percentage\": 50", "\"rescore_vector\": {\"oversample\": 2}")) {
      String name = option.split("\"", 3)[1];
      String request = Requests.search(PhotoIndex.json(IMAGE_TEXT, ", " + option), 5);
      HttpJson.Reply reply = client.send("POST", "/smoke/_search", request);
      assertEquals(supported(name, version), reply.ok(), () -> version + ": " + reply.body());
      if (reply.ok() == false) {
        assertTrue(reply.reason().contains("[" + name + "] needs Elasticsearch "), reply::reason);
      }
    }
  }

  /** The cell of an option's row in the column of the version's line. */
  private static boolean supported(String option, String version) throws IOException {
    List<List<String>> rows =
        Files.readAllLines(Installation.checkout().resolve("docs/compatibility.md")).stream()
            .filter(line -> line.startsWith("|"))
            .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
            .toList();
    int column = rows.get(0).indexOf(version.substring(0, version.lastIndexOf('.')));
    String cell =
        rows.stream()
            .filter(row -> row.get(1).startsWith("`" + option + "`"))
            .map(row -> row.get(column))
            .findFirst()
            .orElseThrow();
    assertTrue(List.of("yes", "no").contains(cell), cell);
    return cell.equals("yes");
  }
}
