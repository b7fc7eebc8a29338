package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.Load;

/**
 * Models that live in the cluster, with security on: one node keeps the data, two run models and
 * fetch what they need.
 */
class PushIT {
  private static final String PASSWORD = "correct-horse-battery";

  /** Tokens of a text that the model reads as it is bundled. */
  private static final int LONG = 24;

  private static final int SHORT = 4;
  private static final String TEXT = "{ \"input\": \"the old man and the red heart by the sea\" }";

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static HttpJson client;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("push");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "push",
            NodeSpec.small("keeper").secured().with("sightline.inference.enabled", "false"),
            NodeSpec.small("inference-one")
                .secured()
                .with("node.roles", "[master]")
                .with("sightline.inference.enabled", "true"),
            NodeSpec.small("inference-two")
                .secured()
                .with("node.roles", "[master]")
                .with("sightline.inference.enabled", "true"));
    for (ElasticsearchNode node : cluster.nodes()) {
      node.run("elasticsearch-users", "useradd", "admin", "-p", PASSWORD, "-r", "superuser");
    }
    cluster.start();
    client = new HttpJson(cluster.http(), "admin", PASSWORD);
    awaitGreen();
  }

  private static void awaitGreen() {
    client.ok("GET", "/_cluster/health?wait_for_status=green&wait_for_nodes=3&timeout=120s", null);
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    distribution.delete();
  }

  private static void await(String what, BooleanSupplier condition) {
    Requests.await(what, condition, PushIT::models);
  }

  private static String models() {
    return client.send("GET", "/_sightline/models", null).body().toPrettyString();
  }

  private static List<JsonNode> nodes(PushedBundle bundle) {
    List<JsonNode> nodes = new ArrayList<>();
    HttpJson.Reply reply = client.send("GET", bundle.path(), null);
    if (reply.ok()) {
      reply.body().required("nodes").forEach(nodes::add);
    }
    return nodes;
  }

  private static void awaitEverywhere(PushedBundle bundle, String version) {
    await(
        "version " + version + " of " + bundle.id() + " on both nodes",
        () -> {
          List<JsonNode> nodes = nodes(bundle);
          return nodes.size() == 2
              && nodes.stream().allMatch(node -> node.path("version").asText().equals(version))
              && nodes.stream().allMatch(node -> node.path("state").asText().equals("loaded"));
        });
  }

  private static String embedding(String modelId) {
    JsonNode reply = client.ok("POST", "/_sightline/models/" + modelId + "/_embed", TEXT);
    return reply.required("embeddings").toString();
  }

  private static long inLog(ElasticsearchNode node, String words) throws IOException {
    try (Stream<String> lines = Files.lines(node.log())) {
      return lines.filter(line -> line.contains(words)).count();
    }
  }

  private static long storedDocuments() {
    return client.ok("GET", "/.sightline-models/_count", null).required("count").asLong();
  }

  private static Path copies(ElasticsearchNode node) {
    return node.folder().resolve("data/sightline/models");
  }

  private static List<Path> files(ElasticsearchNode node, String modelId) {
    try (Stream<Path> found = Files.walk(copies(node))) {
      return found
          .filter(Files::isRegularFile)
          .filter(f -> f.toString().contains(modelId))
          .toList();
    } catch (UncheckedIOException e) {
      return files(node, modelId); // a folder went away while it was read
    } catch (IOException e) {
      return List.of();
    }
  }

  @Test
  void aPushGoesOnWhereItStopped() {
    PushedBundle bundle = PushedBundle.of("resumed", LONG);
    HttpJson.Reply begun = Requests.expect(202, bundle.post(client));
    assertEquals("incomplete", begun.body().required("result").asText());
    assertEquals(404, client.send("POST", bundle.path() + "/_embed", TEXT).status());
    int files = begun.body().required("missing").size();
    assertEquals(2, bundle.sendParts(client, begun.body(), 2));
    HttpJson.Reply again = Requests.expect(202, bundle.post(client));
    assertTrue(again.body().required("missing").size() < files, () -> again.body().toString());
    bundle.sendParts(client, again.body(), Integer.MAX_VALUE);
    HttpJson.Reply done = Requests.expect(201, bundle.post(client));
    assertEquals("created", done.body().required("result").asText());
    assertEquals(200, bundle.post(client).status());
    assertEquals("noop", bundle.post(client).body().required("result").asText());
    awaitEverywhere(bundle, done.body().required("version").asText());
    assertEquals(embedding("emoji-clip"), embedding("resumed"));
    JsonNode model = client.ok("GET", bundle.path(), null);
    assertEquals("cluster", model.required("source").asText());
    String bundled = "/_sightline/models/emoji-clip";
    assertEquals("folder", client.ok("GET", bundled, null).required("source").asText());
    client.ok("DELETE", bundle.path(), null);
  }

  @Test
  void badPartsAreRefused() {
    PushedBundle bundle = PushedBundle.of("refused", LONG);
    assertEquals(404, client.send("DELETE", bundle.path(), null).status());
    JsonNode begun = bundle.post(client).body();
    JsonNode file = begun.required("missing").get(0);
    byte[] right = bundle.part(file, 0, begun.required("part_bytes").asInt());
    byte[] wrong = right.clone();
    wrong[wrong.length / 2] ^= 1;
    HttpJson.Reply length = Requests.expect(400, bundle.sendPart(client, file, 0, new byte[] {1}));
    assertTrue(length.reason().contains("bytes, got [1]"), length::reason);
    assertEquals(400, bundle.sendPart(client, file, 99, right).status());
    PushedBundle other = PushedBundle.of("never-begun", LONG);
    assertEquals(409, other.sendPart(client, file, 0, right).status());
    bundle.sendParts(client, begun, Integer.MAX_VALUE);
    assertEquals(200, bundle.sendPart(client, file, 0, wrong).status());
    HttpJson.Reply refused = Requests.expect(400, bundle.post(client));
    assertTrue(refused.reason().contains("the manifest says [" + file.required("sha256").asText()));
    JsonNode missing = bundle.post(client).body().required("missing");
    assertEquals(1, missing.size());
    assertEquals(file.required("file"), missing.get(0).required("file"));
    bundle.sendPart(client, file, 0, right);
    assertEquals(201, bundle.post(client).status());
    HttpJson.Reply folder = Requests.expect(400, PushedBundle.of("emoji-clip", LONG).post(client));
    assertTrue(folder.reason().contains("lies in a folder of node [inference-"), folder::reason);
    String manifest = bundle.manifest().toString();
    HttpJson.Reply name = Requests.expect(400, client, "POST", "/_sightline/models/a", manifest);
    assertTrue(name.reason().contains("must be [a], got [refused]"), name::reason);
    assertEquals(400, client.send("POST", bundle.path(), "{}").status());
    client.ok("DELETE", bundle.path(), null);
  }

  @Test
  void aZipIsAWholeBundle() {
    PushedBundle bundle = PushedBundle.of("zipped", LONG);
    HttpJson.Reply reply =
        Requests.expect(201, client.send("POST", bundle.path(), "application/zip", bundle.zip()));
    awaitEverywhere(bundle, reply.body().required("version").asText());
    assertEquals(embedding("emoji-clip"), embedding("zipped"));
    byte[] noZip = {1, 2, 3};
    HttpJson.Reply junk =
        Requests.expect(400, client.send("POST", bundle.path(), "application/zip", noZip));
    assertTrue(junk.reason().contains("is no zip of a bundle"), junk::reason);
    client.ok("DELETE", bundle.path(), null);
    assertEquals(404, client.send("POST", bundle.path() + "/_embed", TEXT).status());
  }

  @Test
  void theCommandPushesAndWaits() throws IOException {
    PushedBundle bundle = PushedBundle.of("commanded", LONG);
    ElasticsearchNode node = cluster.node(0);
    Path password = Files.writeString(node.folder().resolve("password"), PASSWORD);
    String printed =
        node.run(
            "sightline/sightline-models",
            "push",
            bundle.write(node.folder().resolve("bundles")).toString(),
            "--url",
            cluster.http().toString(),
            "--user",
            "admin",
            "--password-file",
            password.toString());
    assertTrue(printed.contains("commanded  created in ["), printed);
    assertTrue(printed.contains("inference-one  loaded\ninference-two  loaded"), printed);
    assertEquals(embedding("emoji-clip"), embedding("commanded"));
    client.ok("DELETE", bundle.path(), null);
  }

  @Test
  void aVersionThatCannotBeLoadedLeavesTheOneBeforeInService() {
    PushedBundle good = PushedBundle.of("kept", LONG);
    String version = good.push(client).required("version").asText();
    awaitEverywhere(good, version);
    PushedBundle bad = PushedBundle.of("kept", LONG);
    bad.manifest().put("dimensions", 127);
    String refused = bad.post(client).body().required("version").asText();
    await(
        "both nodes list both versions",
        () -> {
          List<JsonNode> nodes = nodes(good);
          return nodes.size() == 4
              && nodes.stream()
                  .filter(node -> node.path("version").asText().equals(refused))
                  .allMatch(node -> node.path("state").asText().equals("failed"));
        });
    assertTrue(nodes(good).toString().contains("127"), () -> nodes(good).toString());
    assertEquals(embedding("emoji-clip"), embedding("kept"));
    client.ok("DELETE", good.path(), null);
  }

  @Test
  void aNewVersionTakesOverWhileRequestsRun() throws Exception {
    PushedBundle one = PushedBundle.of("versions", LONG);
    PushedBundle two = PushedBundle.of("versions", SHORT);
    String first = one.push(client).required("version").asText();
    awaitEverywhere(one, first);
    String before = embedding("versions");
    try (Load load = new Load(number -> embedding("versions"), number -> embedding("versions"))) {
      JsonNode updated = two.post(client).body();
      // the files are the same, only the manifest is new
      assertEquals("updated", updated.required("result").asText());
      String second = updated.required("version").asText();
      assertNotEquals(first, second);
      awaitEverywhere(two, second);
      load.stop();
    }
    assertNotEquals(before, embedding("versions"));
    for (ElasticsearchNode node : List.of(cluster.node(1), cluster.node(2))) {
      await(
          "one version on disk",
          () -> files(node, "versions").stream().map(Path::getParent).distinct().count() == 1);
    }
    client.ok("DELETE", one.path(), null);
  }

  @Test
  void whoeverJoinsGetsWhatItNeedsAndDamagedCopiesAreFetchedAgain() throws Exception {
    PushedBundle bundle = PushedBundle.of("joined", LONG);
    cluster.node(2).stop();
    String version = bundle.push(client).required("version").asText();
    await("one node has it", () -> nodes(bundle).size() == 1);
    cluster.start();
    awaitGreen();
    awaitEverywhere(bundle, version);
    ElasticsearchNode node = cluster.node(2);
    Path graph =
        files(node, "joined").stream()
            .filter(f -> f.endsWith("text.onnx"))
            .findFirst()
            .orElseThrow();
    long length = Files.size(graph);
    client.ok("POST", bundle.path() + "/_unload", null);
    Files.write(graph, new byte[] {1, 2, 3});
    client.send("POST", bundle.path() + "/_load", null);
    awaitEverywhere(bundle, version);
    await("the file is whole again", () -> graph.toFile().length() == length);
    assertEquals(1, inLog(node, "is damaged and is fetched again"));
    long fetched = inLog(node, "fetching model [joined]");

    node.kill();
    cluster.start();
    await("its copy is used at once", () -> nodes(bundle).size() == 2);
    assertEquals(fetched, inLog(node, "fetching model [joined]"));
    long documents = storedDocuments();
    client.ok("DELETE", bundle.path(), null);
    await("no copy is left", () -> files(node, "joined").isEmpty());
    await("its parts are gone", () -> storedDocuments() < documents);
    HttpJson.Reply gone = Requests.expect(404, client, "POST", bundle.path() + "/_embed", TEXT);
    assertTrue(gone.reason().contains("model [joined] does not exist"), gone::reason);
  }
}
