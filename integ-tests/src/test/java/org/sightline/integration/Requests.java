package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** The requests that several test classes send, and what they read from the answers. */
public final class Requests {
  /** The pattern of a search for the nearest pictures, without braces: a section or a retriever. */
  private static final String KNN =
      """
      "knn": { "field": "photo_vector", "k": %d, "num_candidates": %d, "query_vector_builder": {
        "image_text_embedding": { "model_id": "emoji-clip", "input": %s } } %s }""";

  private static final String RERANK =
      """
      "image_text_match": { "retriever": { %s }, "model_id": "emoji-blip", "input": %s,
        "field": "photo", "rank_window_size": %d %s }""";

  private Requests() {}

  /**
   * The section or retriever {@code knn}, without braces around it.
   *
   * @param input JSON of what is searched for
   * @param more further options, each after a comma
   */
  public static String knn(String input, int k, int candidates, String more) {
    return PhotoIndex.json(KNN, k, candidates, input, more);
  }

  /**
   * The retriever {@code image_text_match}, without braces around it.
   *
   * @param first the first stage, a retriever without braces around it
   * @param input JSON of what is matched with the pictures
   * @param more further options, each after a comma
   */
  public static String rerank(String first, String input, int window, String more) {
    return PhotoIndex.json(RERANK, first, input, window, more);
  }

  /** The section {@code retriever}, of a retriever without braces around it. */
  public static String retriever(String retriever) {
    return "\"retriever\": { " + retriever + " }";
  }

  /** The body of a search whose hits have the names and groups of pictures. */
  public static String search(String sections, int size) {
    return PhotoIndex.json(
        "{ %s, \"size\": %d, \"_source\": [\"name\", \"group\"] }", sections, size);
  }

  /** The JSON of an image as input. */
  public static String imageInput(byte[] encoded) {
    String base64 = Base64.getEncoder().encodeToString(encoded);
    return "{\"type\":\"image\",\"value\":\"" + base64 + "\"}";
  }

  /** The JSON of a stored vector as input. */
  public static String document(String index, String id, String path) {
    return PhotoIndex.json(
        "{ \"type\": \"document\", \"index\": \"%s\", \"id\": \"%s\", \"path\": \"%s\" }",
        index, id, path);
  }

  /**
   * What a model answers; it must succeed.
   *
   * @param call such as {@code _embed}
   */
  public static JsonNode ask(HttpJson client, String model, String call, String body) {
    return client.ok("POST", "/_sightline/models/" + model + "/" + call, body);
  }

  /** The match scores of pictures with a text or picture, in the order of the pictures. */
  public static JsonNode matches(HttpJson client, String model, String query, List<String> inputs) {
    String body = "{\"query\":" + query + ",\"input\":[" + String.join(",", inputs) + "]}";
    JsonNode scores = ask(client, model, "_match", body).required("scores");
    assertEquals(inputs.size(), scores.size());
    return scores;
  }

  /** The match scores of a text with the pictures of those ids, by id. */
  public static Map<String, JsonNode> matches(
      HttpJson client, String model, String text, List<Picture> pictures, List<String> ids) {
    Map<String, String> inputs = new HashMap<>();
    pictures.forEach(picture -> inputs.put(picture.id(), PhotoIndex.imageInput(picture)));
    List<String> images = ids.stream().map(inputs::get).toList();
    JsonNode scores = matches(client, model, "\"" + text + "\"", images);
    Map<String, JsonNode> byId = new HashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      byId.put(ids.get(i), scores.required(i));
    }
    return byId;
  }

  /** All vectors of each input, from the model itself. */
  public static List<List<float[]>> embeddings(HttpJson client, String model, List<String> inputs) {
    String body = "{\"input\":[" + String.join(",", inputs) + "]}";
    JsonNode embeddings = ask(client, model, "_embed", body).required("embeddings");
    assertEquals(inputs.size(), embeddings.size());
    List<List<float[]>> all = new ArrayList<>();
    embeddings.forEach(embedding -> all.add(vectors(embedding)));
    return all;
  }

  /** One vector, or those of a model that has several an image. */
  public static List<float[]> vectors(JsonNode embedding) {
    if (embedding.required(0).isArray() == false) {
      return List.of(PhotoIndex.floats(embedding));
    }
    List<float[]> vectors = new ArrayList<>();
    embedding.forEach(vector -> vectors.add(PhotoIndex.floats(vector)));
    return vectors;
  }

  public static double dot(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  public static double cosine(float[] a, float[] b) {
    return dot(a, b) / PhotoIndex.norm(a) / PhotoIndex.norm(b);
  }

  /** The hits' ids in their order. */
  public static List<String> ids(JsonNode reply) {
    List<String> ids = new ArrayList<>();
    reply.at("/hits/hits").forEach(hit -> ids.add(hit.required("_id").asText()));
    return ids;
  }

  /** The part of that type that the plugin adds to a profile; there must be one. */
  public static JsonNode profilePart(JsonNode reply, String type) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode shard : reply.required("profile").required("shards")) {
      for (JsonNode part : shard.at("/dfs/statistics/children")) {
        if (part.required("type").asText().equals(type)) {
          found.add(part);
        }
      }
    }
    assertEquals(1, found.size(), () -> "parts [" + type + "] in " + reply.get("profile"));
    return found.get(0);
  }

  /** The answer to a request, which must have that status. */
  public static HttpJson.Reply expect(
      int status, HttpJson client, String method, String path, String body) {
    return expect(status, client.send(method, path, body));
  }

  public static HttpJson.Reply expect(int status, HttpJson.Reply reply) {
    assertEquals(status, reply.status(), () -> reply.body().toString());
    return reply;
  }

  /** Asks again and again until the condition holds; each look waits for answers of a node. */
  public static void await(String what, BooleanSupplier condition, Supplier<String> state) {
    long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, () -> "waited for: " + what + "\n" + state.get());
      Thread.onSpinWait();
    }
  }
}
