package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;

/** An index of pictures with its pipeline, and what tests ask of it again and again. */
final class Photos {
  static final String EMBEDDING_MODEL = "emoji-clip";
  static final String MATCHING_MODEL = "emoji-blip";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpJson client;
  private final String index;

  Photos(HttpJson client, String index) {
    this.client = client;
    this.index = index;
  }

  /** A body with its places filled. */
  static String json(String template, Object... values) {
    return String.format(Locale.ROOT, template, values);
  }

  String index() {
    return index;
  }

  /** Creates pipeline and index, both of the index's name; removes what was there. */
  Photos create(int shards, int replicas) {
    client.send("DELETE", "/" + index, null);
    client.ok("PUT", "/_ingest/pipeline/" + index, pipeline("\"skip_existing\": false"));
    client.ok("PUT", "/" + index, mapping(shards, replicas, dimensions(client, EMBEDDING_MODEL)));
    return this;
  }

  static String pipeline(String option) {
    return json(
        """
        { "processors": [ { "image_text_embedding": {
            "model_id": "emoji-clip",
            "input_output": [
              { "input_field": "photo", "input_type": "image", "output_field": "photo_vector" },
              { "input_field": "title", "input_type": "text", "output_field": "title_vector" } ],
            "digest_field": "photo_digest", %s } } ] }""",
        option);
  }

  static int dimensions(HttpJson client, String model) {
    return client.ok("GET", "/_sightline/models/" + model, null).required("dimensions").asInt();
  }

  private String mapping(int shards, int replicas, int dimensions) {
    return json(
        """
        { "settings": {
            "number_of_shards": %d, "number_of_replicas": %d, "default_pipeline": "%s",
            "index.unassigned.node_left.delayed_timeout": "0s" },
          "mappings": { "dynamic": "strict", "properties": {
            "title": { "type": "text" },
            "name": { "type": "keyword" },
            "group": { "type": "keyword" },
            "photo": { "type": "binary" },
            "photo_digest": { "type": "keyword" },
            "photo_vector": {
              "type": "dense_vector", "dims": %d, "similarity": "cosine",
              "index_options": { "type": "hnsw" }, "meta": { "sightline.model_id": "emoji-clip" } },
            "title_vector": {
              "type": "dense_vector", "dims": %d, "similarity": "cosine",
              "index_options": { "type": "hnsw" } } } } }""",
        shards, replicas, index, dimensions, dimensions);
  }

  static String base64(Picture picture) {
    return Base64.getEncoder().encodeToString(picture.png());
  }

  static String dataUri(Picture picture) {
    return "data:image/png;base64," + base64(picture);
  }

  /** A document without its embeddings; {@code group} is the parity of its place in the list. */
  static ObjectNode document(Picture picture, int place) {
    return MAPPER
        .createObjectNode()
        .put("title", picture.name())
        .put("name", picture.name())
        .put("group", place % 2 == 0 ? "even" : "odd")
        .put("photo", base64(picture));
  }

  /** Indexes the pictures; every one must succeed. */
  Photos add(List<Picture> pictures) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < pictures.size(); i++) {
      lines.append(action(pictures.get(i).id())).append(document(pictures.get(i), i)).append('\n');
    }
    JsonNode reply = bulk(lines.toString());
    assertEquals(pictures.size(), reply.required("items").size());
    assertFalse(reply.required("errors").asBoolean(), reply::toString);
    return this;
  }

  static String action(String id) {
    ObjectNode action = MAPPER.createObjectNode();
    action.putObject("index").put("_id", id);
    return action + "\n";
  }

  JsonNode bulk(String lines) {
    return client.ok("POST", "/" + index + "/_bulk?refresh=true", lines);
  }

  JsonNode search(String body) {
    return search(client, body);
  }

  /** Searches through the node of that client; a shard that fails fails the test. */
  JsonNode search(HttpJson through, String body) {
    JsonNode reply = through.ok("POST", "/" + index + "/_search", body);
    assertEquals(0, reply.required("_shards").required("failed").asInt(), reply::toString);
    return reply;
  }

  /** The hits' names in their order. */
  static List<String> names(JsonNode reply) {
    List<String> names = new ArrayList<>();
    for (JsonNode hit : reply.required("hits").required("hits")) {
      names.add(hit.required("_source").required("name").asText());
    }
    return names;
  }

  static List<Double> scores(JsonNode reply) {
    List<Double> scores = new ArrayList<>();
    for (JsonNode hit : reply.required("hits").required("hits")) {
      scores.add(hit.required("_score").asDouble());
    }
    return scores;
  }

  /** The vector that is stored in a document. */
  float[] vector(String id, String field) {
    JsonNode reply =
        search(
            json(
                """
            { "query": { "ids": { "values": ["%s"] } }, "fields": ["%s"], "_source": false }""",
                id, field));
    JsonNode hit = reply.required("hits").required("hits").required(0);
    return floats(hit.required("fields").required(field));
  }

  /** A JSON array of numbers; doc values of a vector may stand in a list of one. */
  static float[] floats(JsonNode array) {
    JsonNode values = array.size() == 1 && array.get(0).isArray() ? array.get(0) : array;
    float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i).floatValue();
    }
    return vector;
  }

  /** The embedding of one input, from the model itself. */
  static float[] embed(HttpJson client, String model, String input) {
    JsonNode reply =
        client.ok("POST", "/_sightline/models/" + model + "/_embed", "{\"input\":" + input + "}");
    assertEquals(1, reply.required("embeddings").size(), reply::toString);
    return floats(reply.required("embeddings").required(0));
  }

  static String imageInput(Picture picture) {
    return "{\"type\":\"image\",\"value\":\"" + dataUri(picture) + "\"}";
  }

  static double norm(float[] vector) {
    double squares = 0;
    for (float component : vector) {
      squares += (double) component * component;
    }
    return Math.sqrt(squares);
  }
}
