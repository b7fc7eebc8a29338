package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.integration.Walkthrough;
import org.sightline.integration.models.PushedBundle;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.Load;
import org.sightline.testsupport.load.PhotoIndex;

/** {@code docs/operations/inference-nodes.md}: nodes that run models come and go under load. */
class InferenceNodesIT {
  private static final String PAGE = "docs/operations/inference-nodes.md";
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 40);

  private static NodeSpec with(NodeSpec spec, List<String> lines) {
    NodeSpec changed = spec;
    for (String line : lines) {
      String[] setting = line.split(": ", 2);
      changed = changed.with(setting[0], setting[1]);
    }
    return changed;
  }

  @Test
  void nodesComeAndGo() {
    Distribution distribution = Installation.unpack("inference-nodes");
    Walkthrough page = Walkthrough.of(PAGE);
    List<String> dedicated = page.lines("yaml");
    try (ElasticsearchCluster cluster =
            ElasticsearchCluster.of(
                distribution,
                "inference-nodes",
                NodeSpec.small("data-1").with("sightline.inference.enabled", "false"),
                with(NodeSpec.small("inference-1"), dedicated),
                with(NodeSpec.small("inference-2"), dedicated));
        HttpJson client = new HttpJson(cluster.start().http())) {
      PushedBundle.of("my-model", 24).push(client);
      new PhotoIndex(client, "photos").create(1, 0).add(PICTURES);
      awaitNodes(client, "inference-1", "inference-2");
      JsonNode listed = page.ask(client);
      assertEquals(3, listed.required("models").size(), listed::toString);
      assertEquals(
          "[sightline.inference.enabled: false]", page.lines("yaml").toString()); // data-1 has it
      drain(cluster, client);
      page.ask(client);
      page.ask(client);
      lose(cluster, client, page);
    }
    page.end();
    distribution.delete();
  }

  /** The nodes that can serve the pushed model are these. */
  private static void awaitNodes(HttpJson client, String... names) {
    Requests.await(
        "nodes " + List.of(names),
        () -> {
          Map<String, String> states = new TreeMap<>();
          client
              .send("GET", "/_sightline/models/my-model", null)
              .body()
              .path("nodes")
              .forEach(
                  node ->
                      states.put(node.required("name").asText(), node.required("state").asText()));
          return states.keySet().equals(new TreeSet<>(List.of(names)))
              && List.of("loaded", "available").containsAll(states.values());
        },
        () -> client.send("GET", "/_sightline/models", null).body().toString());
  }

  private static void drain(ElasticsearchCluster cluster, HttpJson client) {
    PhotoIndex photos = new PhotoIndex(client, "photos");
    try (Load load =
        new Load(
            number -> photos.search(rerank(number)),
            number ->
                client.ok(
                    "PUT",
                    "/photos/_doc/new-" + number,
                    PhotoIndex.document(PICTURES.get(number % PICTURES.size()), number)
                        .toString()))) {
      Requests.await("some searches", () -> load.least() > 5, () -> "");
      cluster.node(2).stop();
      int then = load.least();
      Requests.await("searches without it", () -> load.least() > then + 5, () -> "");
      awaitNodes(client, "inference-1");
      cluster.start();
      awaitNodes(client, "inference-1", "inference-2");
      int again = load.least();
      Requests.await("searches with it", () -> load.least() > again + 5, () -> "");
      load.stop();
      client.ok("POST", "/photos/_refresh", null);
      assertEquals(PICTURES.size() + load.done().get(1), photos.withVector());
    }
  }

  /** Each time a text that no cache has. */
  private static String rerank(int number) {
    String text = "\"heart " + number + "\"";
    return Requests.search(
        Requests.retriever(Requests.rerank(Requests.knn(text, 10, 20, ""), text, 10, "")), 10);
  }

  private static void lose(ElasticsearchCluster cluster, HttpJson client, Walkthrough page) {
    cluster.node(1).stop();
    cluster.node(2).stop();
    Requests.await(
        "the nodes are gone",
        () -> client.ok("GET", "/_cluster/health", null).required("number_of_nodes").asInt() == 1,
        () -> "");
    HttpJson.Reply refused = page.refused(503, client);
    page.shows(refused.reason());
    assertTrue(
        client
            .ok("GET", "/_health_report/sightline", null)
            .at("/indicators/sightline/status")
            .asText()
            .equals("red"));
  }
}
