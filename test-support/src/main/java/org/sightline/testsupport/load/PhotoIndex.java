package org.sightline.testsupport.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.Requests;
import org.sightline.testsupport.gallery.Picture;

/**
 * An index of pictures with its pipeline. Documents are pictures of the gallery or numbered
 * pictures. Thread-safe.
 */
public final class PhotoIndex {
  /** The bundled model that encodes pictures and texts. */
  public static final String EMBEDDING_MODEL = "emoji-clip";

  /** The bundled model that matches a text with pictures. */
  public static final String MATCHING_MODEL = "emoji-blip";

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(25);
  private static final int LONGEST_PAUSE_SHIFT = 6;

  private final Requests client;
  private final String name;
  private final String model;
  private final IntFunction<String> photo;

  /** An index of gallery pictures and their titles, encoded by {@link #EMBEDDING_MODEL}. */
  public PhotoIndex(Requests client, String name) {
    this(client, name, EMBEDDING_MODEL, null);
  }

  /**
   * An index of numbered pictures.
   *
   * @param photo gives the picture of a number as base64; null where no numbered picture is used
   */
  public PhotoIndex(Requests client, String name, String model, IntFunction<String> photo) {
    this.client = client;
    this.name = name;
    this.model = model;
    this.photo = photo;
  }

  /** A JSON text with its placeholders filled. */
  public static String json(String template, Object... values) {
    return String.format(Locale.ROOT, template, values);
  }

  /** Name of the index and of its pipeline. */
  public String name() {
    return name;
  }

  /** Creates index and pipeline for pictures and titles; removes an index of that name. */
  public PhotoIndex create(int shards, int replicas) {
    return create(shards, replicas, pipeline("\"skip_existing\": false"));
  }

  /**
   * Creates index and pipeline for pictures alone; removes an index of that name.
   *
   * @param removeBinary whether the pipeline takes the picture out of the document
   */
  public PhotoIndex createWithoutTitles(int shards, int replicas, boolean removeBinary) {
    return create(shards, replicas, pipeline(model, "", "\"remove_binary\": " + removeBinary));
  }

  private PhotoIndex create(int shards, int replicas, String pipeline) {
    client.send("DELETE", "/" + name, null);
    client.ok("PUT", "/_ingest/pipeline/" + name, pipeline);
    JsonNode suggested =
        client.ok("GET", "/_sightline/models/" + model, null).at("/suggested_mapping/properties");
    ObjectNode title = suggested.required("photo_vector").deepCopy();
    title.remove("meta");
    client.ok(
        "PUT",
        "/" + name,
        json(
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
                "embedding_fingerprints": {
                  "type": "keyword", "index": false, "doc_values": false },
                "photo_vector": %s,
                "title_vector": %s } } }""",
            shards, replicas, name, suggested.required("photo_vector"), title));
    return this;
  }

  /** The pipeline for pictures and titles, with one more option of its processor. */
  public static String pipeline(String option) {
    String title =
        """
        , { "input_field": "title", "input_type": "text", "output_field": "title_vector" }""";
    return pipeline(EMBEDDING_MODEL, title, option);
  }

  private static String pipeline(String model, String moreFields, String option) {
    return json(
        """
        { "processors": [ { "image_text_embedding": {
            "model_id": "%s",
            "input_output": [
              { "input_field": "photo", "input_type": "image", "output_field": "photo_vector" }%s ],
            "digest_field": "photo_digest", %s } } ] }""",
        model, moreFields, option);
  }

  /** Dimensions of a model's embeddings. */
  public static int dimensions(Requests client, String model) {
    return client.ok("GET", "/_sightline/models/" + model, null).required("dimensions").asInt();
  }

  /** A data URI of the picture. */
  public static String dataUri(Picture picture) {
    return "data:image/png;base64," + picture.base64();
  }

  /** The picture as an input of a request. */
  public static String imageInput(Picture picture) {
    return "{\"type\":\"image\",\"value\":\"" + dataUri(picture) + "\"}";
  }

  /** A document without its embeddings; {@code group} is the parity of its place in the list. */
  public static ObjectNode document(Picture picture, int place) {
    return MAPPER
        .createObjectNode()
        .put("title", picture.name())
        .put("name", picture.name())
        .put("group", place % 2 == 0 ? "even" : "odd")
        .put("photo", picture.base64());
  }

  /** Indexes the pictures; every one must succeed. */
  public PhotoIndex add(List<Picture> pictures) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < pictures.size(); i++) {
      lines.append(action(pictures.get(i).id())).append(document(pictures.get(i), i)).append('\n');
    }
    JsonNode reply = bulk(lines.toString());
    require(reply.required("items").size() == pictures.size(), reply);
    require(reply.required("errors").asBoolean() == false, reply);
    return this;
  }

  private static void require(boolean holds, JsonNode reply) {
    if (holds == false) {
      throw new IllegalStateException("got " + reply);
    }
  }

  /** The line of a bulk request that indexes the next document. */
  public static String action(String id) {
    ObjectNode action = MAPPER.createObjectNode();
    action.putObject("index").put("_id", id);
    return action + "\n";
  }

  /** Sends a bulk request and refreshes. */
  public JsonNode bulk(String lines) {
    return client.ok("POST", "/" + name + "/_bulk?refresh=true", lines);
  }

  /** Searches; throws where a shard fails. */
  public JsonNode search(String body) {
    return search(client, body);
  }

  /** Searches by another client; throws where a shard fails. */
  public JsonNode search(Requests through, String body) {
    JsonNode reply = through.ok("POST", "/" + name + "/_search", body);
    require(reply.required("_shards").required("failed").asInt() == 0, reply);
    return reply;
  }

  /** The hits' names in their order. */
  public static List<String> names(JsonNode reply) {
    List<String> names = new ArrayList<>();
    for (JsonNode hit : reply.required("hits").required("hits")) {
      names.add(hit.required("_source").required("name").asText());
    }
    return names;
  }

  /** The hits' scores in their order. */
  public static List<Double> scores(JsonNode reply) {
    List<Double> scores = new ArrayList<>();
    for (JsonNode hit : reply.required("hits").required("hits")) {
      scores.add(hit.required("_score").asDouble());
    }
    return scores;
  }

  /** The vector that is stored in a document. */
  public float[] vector(String id, String field) {
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
  public static float[] floats(JsonNode array) {
    JsonNode values = array.size() == 1 && array.get(0).isArray() ? array.get(0) : array;
    float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i).floatValue();
    }
    return vector;
  }

  /** The embedding of one input, from the model itself. */
  public static float[] embed(Requests client, String model, String input) {
    JsonNode reply =
        client.ok("POST", "/_sightline/models/" + model + "/_embed", "{\"input\":" + input + "}");
    require(reply.required("embeddings").size() == 1, reply);
    return floats(reply.required("embeddings").required(0));
  }

  /** Length of a vector. */
  public static double norm(float[] vector) {
    double squares = 0;
    for (float component : vector) {
      squares += (double) component * component;
    }
    return Math.sqrt(squares);
  }

  /** Cosine of two vectors; 0 where their dimensions differ. */
  public static double cosine(float[] a, float[] b) {
    double dot = 0;
    for (int i = 0; a.length == b.length && i < a.length; i++) {
      dot += (double) a[i] * b[i];
    }
    return dot / (norm(a) * norm(b));
  }

  /** The lines of a bulk request with numbered pictures. */
  public String lines(List<Integer> numbers) {
    StringBuilder lines = new StringBuilder();
    for (int number : numbers) {
      ObjectNode document = MAPPER.createObjectNode().put("photo", photo.apply(number));
      lines.append(action(id(number))).append(document).append('\n');
    }
    return lines.toString();
  }

  private static String id(int number) {
    return "photo-" + number;
  }

  /** Consecutive numbers. */
  public static List<Integer> numbers(int from, int count) {
    return IntStream.range(from, from + count).boxed().toList();
  }

  /**
   * Indexes numbered pictures, and sends again after a pause what was refused with 429.
   *
   * @return how often a document was refused
   * @throws IllegalStateException for any other failure
   */
  public int index(int from, int count) {
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
    HttpJson.Reply reply = client.send("POST", "/" + name + "/_bulk", lines(numbers));
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

  /** Number of documents that a search finds. */
  public long documents() {
    return count("{ \"query\": { \"match_all\": {} } }");
  }

  /** Number of documents that have a vector. */
  public long withVector() {
    return count("{ \"query\": { \"exists\": { \"field\": \"photo_vector\" } } }");
  }

  private long count(String query) {
    client.ok("POST", "/" + name + "/_refresh", null);
    JsonNode reply = client.ok("POST", "/" + name + "/_count", query);
    if (reply.required("_shards").required("failed").asInt() > 0) {
      throw new IllegalStateException("not every shard counted: " + reply);
    }
    return reply.required("count").asLong();
  }

  /** How many numbered documents have another vector than the model gives their picture. */
  public int wrong(List<Integer> numbers) {
    int wrong = 0;
    client.ok("POST", "/" + name + "/_refresh", null);
    for (int number : numbers) {
      String input = json("{\"type\":\"image\",\"value\":\"%s\"}", photo.apply(number));
      float[] stored = vector(id(number), "photo_vector");
      wrong += cosine(stored, embed(client, model, input)) > 0.9999 ? 0 : 1;
    }
    return wrong;
  }
}
