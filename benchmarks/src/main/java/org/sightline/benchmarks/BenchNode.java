package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/** A real Elasticsearch with the plugin and with bundles of real size. Closing ends it. */
final class BenchNode implements AutoCloseable {
  private static final List<String> HEAP = List.of("-Xms2g", "-Xmx2g");
  private static final NodeSpec SPEC =
      new NodeSpec(
          "bench",
          0,
          Map.of(
              "sightline.inference.timeout", "5m",
              // image tokens of a hundred candidates of BLIP base take 177 MB
              "sightline.cache.features.size", "400mb",
              "sightline.cache.features.disk.storage", "float32"),
          HEAP);

  private final ObjectMapper mapper = new ObjectMapper();
  private final Distribution distribution;
  private final ElasticsearchCluster cluster;
  private final HttpJson http;

  private BenchNode(Distribution distribution, ElasticsearchCluster cluster) {
    this.distribution = distribution;
    this.cluster = cluster;
    this.http = new HttpJson(cluster.http());
  }

  /**
   * Unpacks, installs and starts. Of models that match, the node gets the image tokens that {@link
   * TokenStore} keeps.
   */
  static BenchNode start(Bench bench, Collection<String> models) throws Exception {
    return start(bench, models, SPEC);
  }

  /** The same with more options for the server's JVM. */
  static BenchNode start(Bench bench, Collection<String> models, List<String> jvmOptions)
      throws Exception {
    List<String> options = new ArrayList<>(HEAP);
    options.addAll(jvmOptions);
    return start(
        bench, models, new NodeSpec(SPEC.name(), SPEC.httpPort(), SPEC.settings(), options));
  }

  /** The same for a node of another kind. */
  static BenchNode start(Bench bench, Collection<String> models, NodeSpec spec) throws Exception {
    List<Path> bundles = new ArrayList<>();
    boolean matches = false;
    for (String model : models) {
      bundles.add(bench.bundle(model));
      matches |= model.equals(PairScores.MODEL);
    }
    Path tokens = matches ? TokenStore.filled(bench).folder() : null;
    Distribution distribution = unpack(bench);
    try {
      ElasticsearchCluster cluster =
          ElasticsearchCluster.of(distribution, "sightline-benchmarks", spec);
      for (Path bundle : bundles) {
        give(cluster.node(0), bundle);
      }
      if (tokens != null) {
        copy(tokens, cluster.node(0).folder().resolve("data/sightline/features"));
      }
      return new BenchNode(distribution, cluster.start());
    } catch (IOException | RuntimeException e) {
      distribution.delete();
      throw e;
    }
  }

  /** Unpacks a distribution and installs the plugin. */
  static Distribution unpack(Bench bench) {
    Path built = bench.checkout().resolve("gallery-demo/target/distribution");
    Distribution distribution =
        Distribution.unpack(
            built.resolve("elasticsearch.zip"), bench.checkout().resolve("benchmarks/target/node"));
    try {
      distribution.installPlugin(built.resolve("sightline.zip"));
      return distribution;
    } catch (RuntimeException e) {
      distribution.delete();
      throw e;
    }
  }

  /** Copies a bundle to where a node that does not run yet will find it. */
  static void give(ElasticsearchNode node, Path bundle) throws IOException {
    Path models = node.configuration().resolve("sightline/models");
    copy(bundle, models.resolve(bundle.getFileName().toString()));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path copy = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(path, copy);
        }
      }
    }
  }

  HttpJson http() {
    return http;
  }

  /** Of the server. */
  long pid() {
    return cluster.node(0).pid();
  }

  /** A folder that the server may write to, whoever it runs as. */
  Path temporary() {
    return cluster.node(0).folder().resolve("tmp");
  }

  /** Makes an empty index with a keyword, a text, a digest and the vector field of a model. */
  void createIndex(String name, String model, String pipeline) {
    http.send("DELETE", "/" + name, null);
    ObjectNode body = mapper.createObjectNode();
    ObjectNode settings = body.putObject("settings");
    settings.put("index.number_of_shards", 1).put("index.number_of_replicas", 0);
    settings.put("index.refresh_interval", "-1");
    if (pipeline != null) {
      settings.put("index.default_pipeline", pipeline);
    }
    ObjectNode fields = body.putObject("mappings").put("dynamic", "strict").putObject("properties");
    fields.putObject("title").put("type", "text");
    fields.putObject("photo").put("type", "binary");
    fields.putObject("photo_digest").put("type", "keyword");
    if (model != null) {
      fields.set("photo_vector", vectorField(model));
    }
    http.ok("PUT", "/" + name, body.toString());
  }

  private JsonNode vectorField(String model) {
    JsonNode found = http.ok("GET", "/_sightline/models/" + model, null);
    return found.required("suggested_mapping").required("properties").required("photo_vector");
  }

  /** Keeps the vector and not the picture, as the documents of the rivals do. */
  void createPipeline(String name, String model) {
    createPipeline(http, name, model);
  }

  /** The same on any node. */
  static void createPipeline(HttpJson http, String name, String model) {
    http.ok(
        "PUT",
        "/_ingest/pipeline/" + name,
        String.format(
            Locale.ROOT,
            """
        { "processors": [ { "image_text_embedding": {
            "model_id": "%s",
            "input_output": [
              { "input_field": "photo", "input_type": "image", "output_field": "photo_vector" } ],
            "digest_field": "photo_digest",
            "remove_binary": true } } ] }""",
            model));
  }

  /** Loads a model, so that no round pays for it. */
  void load(String model) {
    http.ok("POST", "/_sightline/models/" + model + "/_load", null);
  }

  /** Embeddings of encoded images. */
  List<float[]> embed(String model, List<byte[]> images) {
    ObjectNode body = mapper.createObjectNode();
    ArrayNode inputs = body.putArray("input");
    for (byte[] image : images) {
      inputs
          .addObject()
          .put("type", "image")
          .put("value", Base64.getEncoder().encodeToString(image));
    }
    return embed(model, body);
  }

  /** Embeddings of texts. */
  List<float[]> embedTexts(String model, List<String> texts) {
    ObjectNode body = mapper.createObjectNode();
    ArrayNode inputs = body.putArray("input");
    texts.forEach(inputs::add);
    return embed(model, body);
  }

  private List<float[]> embed(String model, ObjectNode body) {
    JsonNode answer = http.ok("POST", "/_sightline/models/" + model + "/_embed", body.toString());
    return floats(answer.required("embeddings"));
  }

  /** A JSON list of vectors. */
  static List<float[]> floats(JsonNode vectors) {
    List<float[]> found = new ArrayList<>();
    for (JsonNode vector : vectors) {
      float[] values = new float[vector.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) vector.get(i).asDouble();
      }
      found.add(values);
    }
    return found;
  }

  /** The smallest cosine of vectors in the same places. */
  static double minCosine(List<float[]> a, List<float[]> b) {
    double smallest = 1;
    for (int i = 0; i < a.size(); i++) {
      double dot = 0;
      double first = 0;
      double second = 0;
      for (int d = 0; d < a.get(i).length; d++) {
        dot += (double) a.get(i)[d] * b.get(i)[d];
        first += (double) a.get(i)[d] * a.get(i)[d];
        second += (double) b.get(i)[d] * b.get(i)[d];
      }
      smallest = Math.min(smallest, dot / Math.sqrt(first * second));
    }
    return smallest;
  }

  @Override
  public void close() {
    http.close();
    cluster.close();
    distribution.delete();
  }
}
