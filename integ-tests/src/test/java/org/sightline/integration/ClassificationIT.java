package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Labels without training, over REST and in a pipeline. */
@ExtendWith(ClusterExtension.class)
class ClassificationIT {
  private static final String LABELS = "\"labels\": [\"red heart\", \"cat face\", \"pizza\"]";
  private static final Gallery GALLERY = Installation.gallery();
  private static final float SAME_MODEL = 1e-4f;

  private static JsonNode classify(HttpJson client, String input, String options) {
    String body =
        PhotoIndex.json(
            "{ \"input\": %s, %s, \"templates\": [\"{}\"] %s }", input, LABELS, options);
    return Requests.ask(client, PhotoIndex.EMBEDDING_MODEL, "_classify", body);
  }

  @Test
  void classifiesOverRest(SharedCluster cluster) {
    HttpJson client = cluster.clientWithoutInference();
    String pizza = PhotoIndex.imageInput(GALLERY.named("pizza"));
    String cat = PhotoIndex.imageInput(GALLERY.named("cat face"));
    String input = PhotoIndex.json("[%s, \"a text\", %s]", pizza, cat);
    JsonNode reply = classify(client, input, "");
    assertEquals("emoji-clip", reply.required("model_id").asText());
    JsonNode all = reply.required("classifications");
    assertEquals(3, all.size());
    assertEquals("pizza", all.at("/0/0/label").asText());
    assertEquals(
        "[input[1]] has the type [text], allowed is [image]", all.at("/1/error/reason").asText());
    assertEquals("cat face", all.at("/2/0/label").asText());
    double sum = 0;
    for (JsonNode label : all.get(0)) {
      sum += label.required("probability").asDouble();
    }
    assertEquals(1, sum, 1e-5);
    JsonNode best = classify(client, input, ", \"num_top_classes\": 1");
    assertEquals(1, best.at("/classifications/0").size());
  }

  @Test
  void refusesBadBodies(SharedCluster cluster) {
    String path = "/_sightline/models/emoji-clip/_classify";
    Map.of(
            "{ \"input\": \"a text\", \"labels\": [\"a\"] }",
            "[input] has the type [text], allowed is [image]",
            "{ \"input\": \"a text\" }",
            "[labels] is missing")
        .forEach(
            (body, reason) ->
                assertEquals(
                    reason, Requests.expect(400, cluster.client(), "POST", path, body).reason()));
  }

  @Test
  void classifiesInAPipeline(SharedCluster cluster) {
    HttpJson client = cluster.client();
    String image = pipeline(client, "classify-image", "\"input_field\": \"photo\"", "");
    String vector =
        pipeline(
            client,
            "classify-vector",
            "\"vector_field\": \"photo_vector\"",
            """
            { "image_text_embedding": { "model_id": "emoji-clip", "input_output": {
                "input_field": "photo", "input_type": "image",
                "output_field": "photo_vector" } } },""");
    for (Picture picture : List.of(GALLERY.named("red heart"), GALLERY.named("cat face"))) {
      JsonNode direct =
          classify(client, PhotoIndex.imageInput(picture), "").at("/classifications/0/0");
      for (String index : List.of(image, vector)) {
        client.ok(
            "PUT",
            PhotoIndex.json("/%s/_doc/%s?refresh=true&pipeline=%s", index, picture.id(), index),
            "{ \"photo\": \"" + picture.base64() + "\" }");
        JsonNode labels =
            client
                .ok("GET", PhotoIndex.json("/%s/_source/%s", index, picture.id()), null)
                .required("photo_labels");
        assertEquals(1, labels.size());
        assertEquals(picture.name(), labels.at("/0/label").asText());
        assertEquals(
            direct.required("probability").asDouble(),
            labels.at("/0/probability").asDouble(),
            SAME_MODEL);
      }
    }
    JsonNode found =
        client.ok(
            "POST",
            "/" + image + "/_search",
            "{ \"query\": { \"term\": { \"photo_labels.label.keyword\": \"cat face\" } } }");
    assertEquals(1, found.at("/hits/total/value").asInt());
  }

  @Test
  void takesLabelsFromAnIndex(SharedCluster cluster) {
    HttpJson client = cluster.client();
    client.send("DELETE", "/classify-products", null);
    for (String category : List.of("cat face", "pizza")) {
      client.ok(
          "POST", "/classify-products/_doc?refresh=true", "{ \"category\": \"" + category + "\" }");
    }
    client.send("DELETE", "/classify-indexed", null);
    client.ok(
        "PUT",
        "/_ingest/pipeline/classify-indexed",
        """
        { "processors": [ { "image_classification": {
            "model_id": "emoji-clip", "input_field": "photo", "target_field": "photo_labels",
            "labels": { "index": "classify-products", "field": "category.keyword" },
            "templates": ["{}"], "num_top_classes": 5 } } ] }""");
    client.ok(
        "PUT",
        "/classify-indexed/_doc/1?pipeline=classify-indexed",
        "{ \"photo\": \"" + GALLERY.named("pizza").base64() + "\" }");
    JsonNode labels =
        client.ok("GET", "/classify-indexed/_source/1", null).required("photo_labels");
    assertEquals(2, labels.size());
    assertEquals("pizza", labels.at("/0/label").asText());
  }

  private static String pipeline(HttpJson client, String name, String source, String before) {
    client.send("DELETE", "/" + name, null);
    client.ok(
        "PUT",
        "/_ingest/pipeline/" + name,
        PhotoIndex.json(
            """
            { "processors": [ %s { "image_classification": {
                "model_id": "emoji-clip", %s, "target_field": "photo_labels", %s,
                "templates": ["{}"] } } ] }""",
            before, source, LABELS));
    return name;
  }

  @Test
  void aPipelineThatCannotWorkIsRefused(SharedCluster cluster) {
    HttpJson.Reply reply =
        Requests.expect(
            400,
            cluster.client(),
            "PUT",
            "/_ingest/pipeline/classify-wrong",
            """
            { "processors": [ { "image_classification": { "model_id": "none", "labels": ["a"],
                "input_field": "photo", "target_field": "labels" } } ] }""");
    assertTrue(reply.reason().startsWith("model [none] does not exist"), reply::reason);
  }
}
