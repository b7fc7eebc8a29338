package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/** A model that indices use: who may replace or remove it, and what a restart does to it. */
class ModelLifeIT {
  private static Distribution distribution;
  private static ElasticsearchCluster cluster;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("model-life");
    cluster = ElasticsearchCluster.of(distribution, "model-life", NodeSpec.small("alive")).start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
    distribution.delete();
  }

  private static HttpJson client() {
    return new HttpJson(cluster.http());
  }

  /** An index and a pipeline as the model suggests them. */
  private static void use(HttpJson client, String model, String name) {
    JsonNode suggested = client.ok("GET", "/_sightline/models/" + model, null);
    String mapping = suggested.required("suggested_mapping").toString();
    client.ok("PUT", "/" + name, "{\"mappings\":" + mapping + "}");
    String pipeline = suggested.required("suggested_pipeline").toString();
    client.ok("PUT", "/_ingest/pipeline/" + name, pipeline);
  }

  private static JsonNode health(HttpJson client) {
    return client.ok("GET", "/_health_report/sightline", null).at("/indicators/sightline");
  }

  private static void assertNames(HttpJson.Reply refused, String index, String pipeline) {
    JsonNode error = refused.body().required("error");
    assertEquals(index, error.required("indices").asText());
    assertEquals(pipeline, error.required("pipelines").asText());
    String named = "indices [" + index + "] and pipelines [" + pipeline + "]";
    assertTrue(refused.reason().contains(named), refused::reason);
  }

  @Test
  void aModelInUseIsNeitherReplacedNorRemovedByAccident() throws IOException {
    try (HttpJson client = client()) {
      PushedBundle one = PushedBundle.of("used", 24);
      PushedBundle two = PushedBundle.of("used", 4);
      String first = one.push(client).required("version").asText();
      use(client, "used", "gallery");
      JsonNode model = client.ok("GET", one.path(), null);
      assertEquals(first, model.required("version").asText());
      JsonNode meta = client.ok("GET", "/gallery/_mapping", null).at("/gallery/mappings");
      assertEquals(
          first.substring(0, 16),
          meta.at("/properties/photo_vector/meta/sightline.version").asText());
      assertEquals("green", health(client).required("status").asText());
      assertEquals("noop", one.post(client).body().required("result").asText());

      assertNames(Requests.expect(409, two.post(client)), "gallery", "gallery");
      assertEquals(first, client.ok("GET", one.path(), null).required("version").asText());
      // the command says the same, and what to do
      ElasticsearchNode node = cluster.node(0);
      String folder = two.write(node.folder().resolve("bundles")).toString();
      String url = cluster.http().toString();
      String said = refused(node, "push", folder, "--url", url);
      assertTrue(said.contains("(push --replace)"), said);
      String printed =
          node.run("sightline/sightline-models", "push", folder, "--url", url, "--replace");
      assertTrue(printed.contains("used  updated in ["), printed);

      JsonNode unfit = health(client);
      assertEquals("yellow", unfit.required("status").asText());
      assertTrue(unfit.required("symptom").asText().contains("[gallery (used)]"), unfit::toString);
      assertEquals("other_versions", unfit.at("/diagnosis/0/id").asText().replaceAll(".*:", ""));
      JsonNode field = unfit.at("/details/unfit_fields/0");
      assertEquals("photo_vector", field.required("field").asText());
      assertEquals(first.substring(0, 16), field.required("version").asText());
      assertNotEquals(first.substring(0, 16), field.required("found_version").asText());
      // the version that the mapping names comes back
      Requests.expect(
          200, client.send("POST", one.path() + "?replace=true", one.manifest().toString()));
      assertEquals("green", health(client).required("status").asText());

      assertNames(
          Requests.expect(409, client.send("DELETE", one.path(), null)), "gallery", "gallery");
      client.ok("DELETE", one.path() + "?force=true", null);
      JsonNode missing = health(client);
      assertEquals("missing_models", missing.at("/diagnosis/0/id").asText().replaceAll(".*:", ""));
      assertEquals("gallery", missing.at("/diagnosis/0/affected_resources/indices/0").asText());
      client.ok("DELETE", "/gallery", null);
      assertEquals("green", health(client).required("status").asText());
      client.ok("DELETE", "/_ingest/pipeline/gallery", null);
    }
  }

  /** What a command that must fail has said. */
  private static String refused(ElasticsearchNode node, String... words) {
    return assertThrows(ClusterException.class, () -> node.run("sightline/sightline-models", words))
        .getMessage();
  }

  @Test
  void aPushToTheWrongAddressFailsAtOnce() throws IOException {
    ElasticsearchNode node = cluster.node(0);
    String folder =
        PushedBundle.of("addressed", 24).write(node.folder().resolve("bundles")).toString();
    String address = cluster.http().toString().replace("http:", "https:");
    String https = refused(node, "push", folder, "--url", address);
    assertTrue(https.contains("[" + address + "] gives no TLS connection: "), https);
    assertTrue(https.contains("if the cluster speaks plain http, give --url http://"), https);
    assertFalse(https.contains("next try"), https);
    String bare = cluster.http().getAuthority();
    String scheme = refused(node, "push", folder, "--url", bare);
    assertTrue(scheme.contains("got [" + bare + "]: try [http://" + bare + "]"), scheme);
  }

  @Test
  void anUnknownModelIsNotFoundWhereThePathNamesIt() {
    try (HttpJson client = client()) {
      String path = "/_sightline/models/nowhere";
      String image = "{\"input\":{\"type\":\"image\",\"value\":\"R0lGODlhAQABAAAAACw=\"}";
      for (String[] call :
          new String[][] {
            {"GET", "", null},
            {"DELETE", "", null},
            {"POST", "/_load", null},
            {"POST", "/_unload", null},
            {"POST", "/_embed", "{\"input\":\"a\"}"},
            {"POST", "/_embed", "{\"input\":[\"a\",\"b\"]}"},
            {"POST", "/_match", image + ",\"query\":\"a\"}"},
            {"POST", "/_classify", image + ",\"labels\":[\"a\"]}"},
            {"POST", "/_caption", image + "}"}
          }) {
        HttpJson.Reply reply = client.send(call[0], path + call[1], call[2]);
        assertEquals(404, reply.status(), () -> call[0] + call[1] + ": " + reply.body());
        assertTrue(reply.reason().contains("[nowhere]"), reply::reason);
        assertTrue(
            reply.reason().contains("emoji-clip") || call[0].equals("DELETE"), reply::reason);
      }
      // as an option of a request it is a bad request
      String search =
          "{\"query\":{\"image_text\":{\"field\":\"v\",\"model_id\":\"nowhere\",\"input\":\"a\"}}}";
      String vectors =
          "{\"mappings\":{\"properties\":{\"v\":{\"type\":\"dense_vector\",\"dims\":128}}}}";
      client.ok("PUT", "/vectors", vectors);
      Requests.expect(400, client, "POST", "/vectors/_search", search);
      client.ok("DELETE", "/vectors", null);
    }
  }

  @Test
  void aRestartLeavesModelsWhereTheyAre() {
    PushedBundle stored = PushedBundle.of("stored", 24);
    PushedBundle late = PushedBundle.of("late", 24);
    try (HttpJson client = client()) {
      stored.push(client);
      use(client, "stored", "kept");
    }
    for (boolean stop : new boolean[] {true, false}) {
      if (stop) {
        cluster.node(0).stop();
      } else {
        cluster.node(0).kill();
      }
      cluster.answering();
      try (HttpJson client = client()) {
        // all at once, as soon as the node answers
        CompletableFuture<HttpJson.Reply> pushed =
            client.sendAsync("POST", late.path(), late.manifest().toString());
        CompletableFuture<HttpJson.Reply> deleted =
            client.sendAsync("DELETE", "/_sightline/models/nowhere", (String) null);
        CompletableFuture<HttpJson.Reply> listed =
            client.sendAsync("GET", "/_sightline/models", (String) null);
        Requests.expect(201, pushed.join()); // it has the files of the one that is stored
        Requests.expect(404, deleted.join());
        Map<String, String> sources = new TreeMap<>();
        for (JsonNode model : Requests.expect(200, listed.join()).body().required("models")) {
          sources.put(model.required("model_id").asText(), model.required("source").asText());
        }
        sources.remove(late.id());
        assertEquals(
            Map.of("emoji-blip", "folder", "emoji-clip", "folder", "stored", "cluster"), sources);
        // nobody asked for it
        Requests.await(
            "the model that the index names is loaded",
            () -> state(client, "stored").equals("loaded"),
            () -> client.send("GET", "/_sightline/models", null).body().toPrettyString());
        assertEquals("available", state(client, "emoji-blip"));
        client.ok("DELETE", late.path(), null);
      }
    }
    try (HttpJson client = client()) {
      client.ok("DELETE", "/kept", null);
      client.ok("DELETE", "/_ingest/pipeline/kept", null);
      client.ok("DELETE", stored.path(), null);
    }
  }

  private static String state(HttpJson client, String model) {
    return client.ok("GET", "/_sightline/models/" + model, null).at("/nodes/0/state").asText();
  }
}
