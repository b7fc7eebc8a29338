package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.Folders;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.onnx.OnnxWriter;

/** A model whose graph never ends is tried by one node, and costs nothing afterwards. */
class EndlessModelIT {
  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static HttpJson client;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("endless");
    cluster =
        ElasticsearchCluster.of(
                distribution,
                "endless",
                NodeSpec.small("one").with("sightline.model.load_timeout", "5s"),
                NodeSpec.small("two").with("sightline.model.load_timeout", "5s"))
            .start();
    client = new HttpJson(cluster.http());
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    distribution.delete();
  }

  private PushedBundle endlessBundle() throws Exception {
    PushedBundle whole = PushedBundle.of("endless", 24);
    Path copy = folder.resolve("endless");
    Folders.copy(whole.folder(), copy);
    byte[] graph = OnnxWriter.endless().toBytes();
    Files.write(copy.resolve("image.onnx"), graph);
    ObjectNode file = (ObjectNode) whole.manifest().at("/files/image.onnx");
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(graph);
    file.put("sha256", HexFormat.of().formatHex(digest));
    file.put("bytes", graph.length);
    return new PushedBundle("endless", whole.manifest(), copy);
  }

  /** By node, its state and its reason. */
  private static Map<String, String> states(String model) {
    Map<String, String> states = new TreeMap<>();
    JsonNode reply = client.ok("GET", "/_sightline/models/" + model, null);
    for (JsonNode node : reply.required("nodes")) {
      states.put(
          node.required("name").asText(),
          node.required("state").asText() + " " + node.path("reason").asText());
    }
    return states;
  }

  private static void await(String model, String state) {
    Requests.await(
        model + " is " + state,
        () -> states(model).values().stream().filter(said -> said.startsWith(state)).count() == 2,
        () -> states(model).toString());
  }

  private static int loading() {
    int active = 0;
    for (JsonNode node : client.ok("GET", "/_nodes/stats/thread_pool", null).required("nodes")) {
      active += node.at("/thread_pool/sightline_load/active").asInt();
    }
    return active;
  }

  @Test
  void onlyOneNodeTriesItAndOthersLoadOn() throws Exception {
    PushedBundle endless = endlessBundle();
    endless.push(client);
    await("endless", "failed");
    for (String said : states("endless").values()) {
      assertTrue(said.contains("did not end within [5.0] s"), said);
    }
    Requests.await("the run is ended", () -> loading() == 0, () -> "" + loading());

    PushedBundle.of("after", 24).push(client);
    await("after", "loaded");
    client.ok("POST", "/_sightline/models/after/_embed", "{\"input\":\"a red heart\"}");
    assertEquals(0, loading(), "nobody tries it again");
    client.ok("DELETE", endless.path(), null);
    assertEquals(404, client.send("GET", endless.path(), null).status());
  }
}
