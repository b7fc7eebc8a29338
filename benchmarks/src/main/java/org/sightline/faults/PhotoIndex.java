package org.sightline.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.sightline.testsupport.cluster.HttpJson;

/** An index of numbered pictures with its pipeline. Thread-safe. */
final class PhotoIndex {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(25);
  private static final int LONGEST_PAUSE_SHIFT = 6;

  private final Requests requests;
  private final String name;
  private final String model;
  private final IntFunction<String> photo;

  /**
   * @param photo the picture of a number, as base64
   */
  PhotoIndex(Requests requests, String name, String model, IntFunction<String> photo) {
    this.requests = requests;
    this.name = name;
    this.model = model;
    this.photo = photo;
  }

  String name() {
    return name;
  }

  /** Creates pipeline and index, both of that name; removes what was there. */
  PhotoIndex create(int shards, int replicas) {
    requests.send("DELETE", "/" + name, null);
    requests.ok(
        "PUT",
        "/_ingest/pipeline/" + name,
        format(
            """
            { "processors": [ { "image_text_embedding": {
                "model_id": "%s",
                "input_output": [
                  { "input_field": "photo", "input_type": "image",
                    "output_field": "photo_vector" } ],
                "digest_field": "photo_digest" } } ] }""",
            model));
    JsonNode suggested =
        requests
            .ok("GET", "/_sightline/models/" + model, null)
            .required("suggested_mapping")
            .required("properties")
            .required("photo_vector");
    requests.ok(
        "PUT",
        "/" + name,
        format(
            """
            { "settings": {
                "number_of_shards": %d, "number_of_replicas": %d, "default_pipeline": "%s",
                "index.unassigned.node_left.delayed_timeout": "0s" },
              "mappings": { "dynamic": "strict", "properties": {
                "photo": { "type": "binary" },
                "photo_digest": { "type": "keyword" },
                "photo_vector": %s } } }""",
            shards, replicas, name, suggested));
    return this;
  }

  static String format(String template, Object... values) {
    return String.format(Locale.ROOT, template, values);
  }

  /** The lines of a bulk request with the documents of these numbers. */
  String lines(List<Integer> numbers) {
    StringBuilder lines = new StringBuilder();
    for (int number : numbers) {
      ObjectNode action = MAPPER.createObjectNode();
      action.putObject("index").put("_id", id(number));
      ObjectNode document = MAPPER.createObjectNode().put("photo", photo.apply(number));
      lines.append(action).append('\n').append(document).append('\n');
    }
    return lines.toString();
  }

  static String id(int number) {
    return "photo-" + number;
  }

  static List<Integer> numbers(int from, int count) {
    List<Integer> numbers = new ArrayList<>(count);
    for (int number = from; number < from + count; number++) {
      numbers.add(number);
    }
    return numbers;
  }

  /**
   * Indexes documents, and sends again after a pause what was refused with 429.
   *
   * @return how often a document was refused
   * @throws IllegalStateException for any other failure
   */
  int index(int from, int count) {
    List<Integer> left = numbers(from, count);
    int refused = 0;
    int tries = 0;
    while (left.isEmpty() == false) {
      left = send(left);
      refused += left.size();
      if (left.isEmpty() == false) {
        int shift = Math.min(tries++, LONGEST_PAUSE_SHIFT);
        Waiting.pause(SHORTEST_PAUSE.multipliedBy(1L << shift));
      }
    }
    return refused;
  }

  private List<Integer> send(List<Integer> numbers) {
    HttpJson.Reply reply = requests.send("POST", "/" + name + "/_bulk", lines(numbers));
    if (reply.status() == 429) {
      return numbers;
    }
    JsonNode items = reply.body().path("items");
    if (reply.ok() == false || items.size() != numbers.size()) {
      throw new IllegalStateException(
          "a bulk of " + numbers.size() + " got " + reply.status() + ": " + reply.body());
    }
    List<Integer> refused = new ArrayList<>();
    for (int i = 0; i < numbers.size(); i++) {
      JsonNode item = items.get(i).required("index");
      int status = item.required("status").asInt();
      if (status == 429) {
        refused.add(numbers.get(i));
      } else if (status >= 300) {
        throw new IllegalStateException("an item of a bulk got " + item);
      }
    }
    return refused;
  }

  /** Documents that a search finds. */
  long documents() {
    return count("{ \"query\": { \"match_all\": {} } }");
  }

  /** Documents that have a vector. */
  long withVector() {
    return count("{ \"query\": { \"exists\": { \"field\": \"photo_vector\" } } }");
  }

  private long count(String query) {
    requests.ok("POST", "/" + name + "/_refresh", null);
    JsonNode reply = requests.ok("POST", "/" + name + "/_count", query);
    if (reply.required("_shards").required("failed").asInt() > 0) {
      throw new IllegalStateException("not every shard counted: " + reply);
    }
    return reply.required("count").asLong();
  }

  /** Adds what is missing of documents that were acknowledged. */
  void check(Row.Builder row, long acknowledged) {
    long there = documents();
    row.zero(Column.LOST, acknowledged - there);
    row.zero(Column.WITHOUT_VECTOR, there - withVector());
  }

  /**
   * How many of these documents have another vector than the model gives their picture.
   *
   * @param numbers of documents that are there
   */
  int wrong(List<Integer> numbers) {
    int wrong = 0;
    requests.ok("POST", "/" + name + "/_refresh", null);
    for (int number : numbers) {
      String body =
          format(
              """
              { "query": { "ids": { "values": ["%s"] } }, "fields": ["photo_vector"],
                "_source": false }""",
              id(number));
      JsonNode hits = requests.ok("POST", "/" + name + "/_search", body).at("/hits/hits");
      JsonNode stored = hits.path(0).path("fields").path("photo_vector");
      String input =
          format("{\"input\":{\"type\":\"image\",\"value\":\"%s\"}}", photo.apply(number));
      JsonNode reply = requests.ok("POST", "/_sightline/models/" + model + "/_embed", input);
      wrong += cosine(flat(stored), reply.required("embeddings").required(0)) > 0.9999 ? 0 : 1;
    }
    return wrong;
  }

  /** Doc values of a vector may stand in a list of one. */
  private static JsonNode flat(JsonNode vector) {
    return vector.size() == 1 ? vector.get(0) : vector;
  }

  /** 0 where the lengths differ. */
  private static double cosine(JsonNode a, JsonNode b) {
    if (a.size() != b.size()) {
      return 0;
    }
    double dot = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    for (int i = 0; i < a.size(); i++) {
      double x = a.get(i).asDouble();
      double y = b.get(i).asDouble();
      dot += x * y;
      squaresOfA += x * x;
      squaresOfB += y * y;
    }
    return dot / Math.sqrt(squaresOfA * squaresOfB);
  }
}
