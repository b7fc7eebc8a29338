package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** The REST interface of models. */
@ExtendWith(ClusterExtension.class)
class ModelsIT {
  private final List<Picture> pictures = Installation.gallery().pictures();

  private static JsonNode model(JsonNode models, String id) {
    for (JsonNode model : models.required("models")) {
      if (model.path("id").asText().equals(id) || model.path("model_id").asText().equals(id)) {
        return model;
      }
    }
    throw new AssertionError("no [" + id + "] in " + models);
  }

  @Test
  void listsModelsAndTheBrokenOneWithItsReason(SharedCluster cluster) {
    JsonNode models = cluster.client().ok("GET", "/_sightline/models", null);
    model(models, PhotoIndex.EMBEDDING_MODEL);
    model(models, PhotoIndex.MATCHING_MODEL);
    String broken = model(models, SharedCluster.BROKEN_MODEL).toString();
    assertTrue(broken.contains("failed"), broken);
    assertTrue(broken.contains("[format_version]"), broken);
    assertTrue(broken.contains("99"), broken);
  }

  @Test
  void theBrokenModelCannotBeUsed(SharedCluster cluster) {
    String path = "/_sightline/models/" + SharedCluster.BROKEN_MODEL + "/_embed";
    HttpJson.Reply reply = cluster.client().send("POST", path, "{\"input\":\"a\"}");
    assertFalse(reply.ok(), () -> reply.body().toString());
    assertTrue(reply.reason().contains(SharedCluster.BROKEN_MODEL), reply::reason);
  }

  @Test
  void suggestsAMappingAndAPipelineThatWork(SharedCluster cluster) {
    HttpJson client = cluster.client();
    JsonNode model = client.ok("GET", "/_sightline/models/emoji-clip", null);
    client.send("DELETE", "/suggested", null);
    client.ok("PUT", "/suggested", "{\"mappings\":" + model.required("suggested_mapping") + "}");
    client.ok(
        "PUT", "/_ingest/pipeline/suggested", model.required("suggested_pipeline").toString());
    JsonNode processor =
        model.required("suggested_pipeline").at("/processors/0/image_text_embedding");
    ObjectNode document = new ObjectMapper().createObjectNode();
    String output = null;
    for (JsonNode field : processor.required("input_output")) {
      boolean image = field.required("input_type").asText().equals("image");
      output = image ? field.required("output_field").asText() : output;
      String value = image ? pictures.get(0).base64() : "a face";
      document.put(field.required("input_field").asText(), value);
    }
    client.ok("PUT", "/suggested/_doc/1?pipeline=suggested&refresh=true", document.toString());
    JsonNode reply =
        client.ok(
            "POST",
            "/suggested/_search",
            "{\"query\":{\"image_text\":{\"field\":\"" + output + "\",\"input\":\"face\"}}}");
    assertEquals(1, reply.at("/hits/hits").size());
    String search = model.required("suggested_search").toString();
    JsonNode found = client.ok("POST", "/suggested/_search", search).at("/hits/hits/0/_source");
    assertTrue(found.has("title"), found::toString);
    assertFalse(found.has("photo"), found::toString);
  }

  @Test
  void embedsInTheOrderOfTheInputs(SharedCluster cluster) {
    HttpJson client = cluster.client();
    String one = PhotoIndex.imageInput(pictures.get(10));
    String inputs = "{\"input\":[\"red heart\"," + one + ",\"cat\"]}";
    JsonNode reply = Requests.ask(client, "emoji-clip", "_embed", inputs);
    JsonNode embeddings = reply.required("embeddings");
    assertEquals(3, embeddings.size());
    assertEquals("emoji-clip", reply.required("model_id").asText());
    int dimensions = reply.required("dimensions").asInt();
    for (int i = 0; i < 3; i++) {
      float[] vector = PhotoIndex.floats(embeddings.get(i));
      assertEquals(dimensions, vector.length);
      assertEquals(1.0, PhotoIndex.norm(vector), 1e-4);
    }
    assertArrayEquals(
        PhotoIndex.embed(client, "emoji-clip", one), PhotoIndex.floats(embeddings.get(1)), 1e-4f);
    assertArrayEquals(
        PhotoIndex.embed(client, "emoji-clip", "\"cat\""),
        PhotoIndex.floats(embeddings.get(2)),
        1e-4f);
  }

  @Test
  void anInputThatFailsLeavesTheOthersTheirs(SharedCluster cluster) {
    String inputs = "{\"input\":[\"a\",{\"type\":\"image\",\"value\":\"AAECAw==\"},\"b\",\" …\"]}";
    JsonNode reply = Requests.ask(cluster.client(), "emoji-clip", "_embed", inputs);
    JsonNode embeddings = reply.required("embeddings");
    assertEquals(4, embeddings.size());
    assertEquals(
        "[input[3]] is blank, expected a text with a letter, digit, symbol or emoji",
        embeddings.get(3).required("error").required("reason").asText());
    assertEquals(1.0, PhotoIndex.norm(PhotoIndex.floats(embeddings.get(0))), 1e-4);
    assertEquals(1.0, PhotoIndex.norm(PhotoIndex.floats(embeddings.get(2))), 1e-4);
    String reason = embeddings.get(1).required("error").required("reason").asText();
    assertTrue(
        reason.endsWith(
            "is not an image: 4 bytes, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF"),
        reason);
  }

  @Test
  void matchesATextWithImages(SharedCluster cluster) {
    String query = "\"" + pictures.get(0).name() + "\"";
    List<String> images =
        List.of(PhotoIndex.imageInput(pictures.get(0)), PhotoIndex.imageInput(pictures.get(2500)));
    JsonNode scores = Requests.matches(cluster.client(), "emoji-blip", query, images);
    for (JsonNode score : scores) {
      double first = score.at("/logits/0").asDouble();
      double second = score.at("/logits/1").asDouble();
      assertEquals(
          1 / (1 + Math.exp(first - second)), score.required("probability").asDouble(), 1e-4);
      assertTrue(Math.abs(score.required("similarity").asDouble()) <= 1.0001);
    }
    assertTrue(
        scores.get(0).required("probability").asDouble()
            > scores.get(1).required("probability").asDouble(),
        scores::toString);
  }

  private static void assertState(HttpJson client, String state) {
    JsonNode model = model(client.ok("GET", "/_sightline/models", null), "emoji-clip");
    assertTrue(model.toString().contains("\"" + state + "\""), model::toString);
  }

  @Test
  void loadsAndUnloads(SharedCluster cluster) {
    HttpJson client = cluster.client();
    Requests.ask(client, "emoji-clip", "_load", null);
    assertState(client, "loaded");
    Requests.ask(client, "emoji-clip", "_unload", null);
    assertState(client, "available");
    // and it comes back by itself
    assertEquals(1.0, PhotoIndex.norm(PhotoIndex.embed(client, "emoji-clip", "\"cat\"")), 1e-4);
  }

  @Test
  void statisticsGrowWithTheWork(SharedCluster cluster) {
    HttpJson client = cluster.client();
    JsonNode before = client.ok("GET", "/_sightline/stats", null).required("total");
    for (int i = 0; i < 5; i++) {
      PhotoIndex.embed(client, "emoji-clip", PhotoIndex.imageInput(pictures.get(3000 + i)));
    }
    PhotoIndex.embed(client, "emoji-clip", "\"a text that nobody has embedded before\"");
    JsonNode stats = client.ok("GET", "/_sightline/stats", null);
    JsonNode after = stats.required("total");
    for (String counter :
        List.of(
            "/requests",
            "/inputs",
            "/roles/image_embedding/inputs",
            "/stages/decode/count",
            "/stages/preprocess/count")) {
      assertTrue(
          after.at(counter).asLong() >= before.at(counter).asLong() + 5,
          () -> counter + " in " + before + " and " + after);
    }
    for (String counter :
        List.of(
            "/roles/image_embedding/batches",
            "/stages/tokenize/count",
            "/stages/queue/count",
            "/stages/infer/count",
            "/stages/infer/total_ms")) {
      assertTrue(
          after.at(counter).asDouble() > before.at(counter).asDouble(),
          () -> counter + " in " + before + " and " + after);
    }
    JsonNode role = after.at("/roles/image_embedding");
    long batches = 0;
    for (JsonNode size : role.required("batch_sizes")) {
      batches += size.asLong();
    }
    assertEquals(role.required("batches").asLong(), batches);
    // one queue for each model that has the role and was used, each with its own bound
    assertTrue(role.at("/queue/limit").asLong() >= 2048, role::toString);
    assertEquals(0, role.at("/queue/depth").asLong());
    int inference = 0;
    for (JsonNode node : stats.required("nodes")) {
      inference += node.required("inference").asBoolean() ? 1 : 0;
    }
    assertEquals(2, inference, "nodes that run models");
    assertEquals(3, stats.required("nodes").size(), "every node sends");
  }

  /** On each node of the shared cluster lies a broken bundle. */
  @Test
  void theHealthReportNamesModelsThatFailed(SharedCluster cluster) {
    JsonNode indicator =
        cluster
            .client()
            .ok("GET", "/_health_report/sightline", null)
            .required("indicators")
            .required("sightline");
    assertEquals("yellow", indicator.required("status").asText());
    assertEquals(2, indicator.at("/details/inference_nodes").asInt());
    assertEquals(SharedCluster.BROKEN_MODEL, indicator.at("/details/failed_models/0").asText());
  }
}
