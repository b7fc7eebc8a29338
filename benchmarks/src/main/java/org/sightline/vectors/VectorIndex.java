package org.sightline.vectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * An index of numbered vectors: one shard, merged into one segment, so that indices differ in
 * nothing but their options. Document ids are the numbers.
 */
public final class VectorIndex {
  /** The field's name. */
  public static final String FIELD = "photo_vector";

  private static final int BULK = 2_000;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private final ObjectMapper mapper = new ObjectMapper();
  private final HttpJson node;
  private final String name;
  private final IndexKind kind;

  /** An index that {@link #fill} makes. */
  public VectorIndex(HttpJson node, String name, IndexKind kind) {
    this.node = node;
    this.name = name;
    this.kind = kind;
  }

  /** How it is indexed. */
  public IndexKind kind() {
    return kind;
  }

  /** Makes the indices anew and sends each vector to all of them. */
  public static void fill(List<VectorIndex> indices, Vectors vectors) {
    indices.forEach(index -> index.create(vectors.dimensions()));
    for (int at = 0; at < vectors.size(); at += BULK) {
      String lines = lines(vectors, at, Math.min(at + BULK, vectors.size()));
      List<CompletableFuture<HttpJson.Reply>> replies = new ArrayList<>();
      for (VectorIndex index : indices) {
        replies.add(index.node.sendAsync("POST", "/" + index.name + "/_bulk", lines));
      }
      replies.forEach(reply -> check(reply.join()));
    }
    indices.forEach(VectorIndex::merge);
  }

  private void create(int dimensions) {
    node.send("DELETE", "/" + name, null);
    ObjectNode body = mapper.createObjectNode();
    body.putObject("settings")
        .put("index.number_of_shards", 1)
        .put("index.number_of_replicas", 0)
        .put("index.refresh_interval", "-1");
    ObjectNode mappings = body.putObject("mappings").put("dynamic", "strict");
    ObjectNode field = mappings.putObject("properties").putObject(FIELD);
    field.put("type", "dense_vector").put("dims", dimensions).put("similarity", "cosine");
    field.putObject("index_options").put("type", kind.id());
    node.ok("PUT", "/" + name, body.toString());
  }

  /** Vectors as base64 of big-endian floats: exact, and a third of what digits take. */
  private static String lines(Vectors vectors, int from, int to) {
    StringBuilder lines = new StringBuilder();
    ByteBuffer bytes = ByteBuffer.allocate(vectors.dimensions() * Float.BYTES);
    for (int i = from; i < to; i++) {
      bytes.asFloatBuffer().put(vectors.get(i));
      lines.append("{\"index\":{\"_id\":\"").append(i).append("\"}}\n{\"").append(FIELD);
      lines.append("\":\"").append(Base64.getEncoder().encodeToString(bytes.array()));
      lines.append("\"}\n");
    }
    return lines.toString();
  }

  private static void check(HttpJson.Reply reply) {
    if (reply.ok() == false || reply.body().path("errors").asBoolean(true)) {
      String answer = reply.body().toString();
      throw new IllegalStateException(
          "a bulk of vectors got " + answer.substring(0, Math.min(500, answer.length())));
    }
  }

  /** Merging a million vectors takes longer than a request may. */
  private void merge() {
    String task =
        node.ok(
                "POST",
                "/" + name + "/_forcemerge?max_num_segments=1&wait_for_completion=false",
                null)
            .required("task")
            .asText();
    JsonNode state = node.ok("GET", "/_tasks/" + task, null);
    while (state.required("completed").asBoolean() == false) {
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
      state = node.ok("GET", "/_tasks/" + task, null);
    }
    if (state.has("error")) {
      throw new IllegalStateException("merging [" + name + "] got " + state);
    }
    node.ok("POST", "/" + name + "/_flush", null);
    node.ok("POST", "/" + name + "/_refresh", null);
  }

  /**
   * Bytes of all vectors, as the node tells them.
   *
   * @param original the values that were indexed
   * @param quantised what searches compare instead; 0 where they compare the original
   * @param graph links
   */
  public record Bytes(long original, long quantised, long graph) {
    /** What is on disk. */
    public long onDisk() {
      return original + quantised + graph;
    }

    /** What a search reads at every step. */
    public long inMemory() {
      return graph + (quantised == 0 ? original : quantised);
    }
  }

  /** What the vectors take. */
  public Bytes bytes() {
    JsonNode sizes =
        node.ok("GET", "/" + name + "/_stats/dense_vector", null)
            .at("/_all/primaries/dense_vector/off_heap");
    long scalars = sizes.required("total_veq_size_bytes").asLong();
    long bits = sizes.required("total_veb_size_bytes").asLong();
    return new Bytes(
        sizes.required("total_vec_size_bytes").asLong(),
        scalars + bits,
        sizes.required("total_vex_size_bytes").asLong());
  }

  /**
   * What a search found.
   *
   * @param numbers of vectors, nearest first
   * @param millis seen from the client
   */
  public record Found(List<Integer> numbers, double millis) {
    public Found {
      numbers = List.copyOf(numbers);
    }
  }

  /**
   * Searches by a ready vector.
   *
   * @param oversample how many times k are compared again by the original values; null for the
   *     field's own, which for {@code bbq_hnsw} is 3 and for others none
   */
  public Found knn(float[] query, int k, int candidates, Double oversample) {
    ObjectNode body = body(k);
    ObjectNode knn = body.putObject("knn").put("field", FIELD);
    knn.put("k", k).put("num_candidates", candidates);
    ArrayNode vector = knn.putArray("query_vector");
    for (float value : query) {
      vector.add(value);
    }
    if (oversample != null) {
      knn.putObject("rescore_vector").put("oversample", oversample);
    }
    return search(body);
  }

  /** Searches by a text, with the query {@code image_text}. */
  public Found imageText(String model, String text, int k, int candidates) {
    ObjectNode body = body(k);
    ObjectNode query = body.putObject("query").putObject("image_text").put("field", FIELD);
    query.put("model_id", model).put("input", text);
    query.put("k", k).put("num_candidates", candidates);
    return search(body);
  }

  private ObjectNode body(int size) {
    return mapper.createObjectNode().put("size", size).put("_source", false);
  }

  private Found search(ObjectNode body) {
    String text = body.toString();
    long start = System.nanoTime();
    JsonNode answer = node.ok("POST", "/" + name + "/_search", text);
    double millis = (System.nanoTime() - start) / 1e6;
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode hit : answer.required("hits").required("hits")) {
      numbers.add(Integer.valueOf(hit.required("_id").asText()));
    }
    if (numbers.isEmpty() || answer.at("/_shards/failed").asInt(1) > 0) {
      throw new IllegalStateException("a search in [" + name + "] got " + answer);
    }
    return new Found(numbers, millis);
  }

  /** Removes it. */
  public void delete() {
    node.ok("DELETE", "/" + name, null);
  }

  /** The index type that a field of these dimensions gets when a mapping names none. */
  public static String defaultKind(HttpJson node, int dimensions) {
    String name = "default-of-" + dimensions;
    node.send("DELETE", "/" + name, null);
    node.ok(
        "PUT",
        "/" + name,
        "{\"mappings\":{\"properties\":{\""
            + FIELD
            + "\":{\"type\":\"dense_vector\",\"dims\":"
            + dimensions
            + "}}}}");
    JsonNode options =
        node.ok("GET", "/" + name + "/_mapping/field/" + FIELD + "?include_defaults=true", null)
            .at("/" + name + "/mappings/" + FIELD + "/mapping/" + FIELD + "/index_options");
    node.ok("DELETE", "/" + name, null);
    return options.toString();
  }
}
