package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/** A real Elasticsearch with the plugin and with bundles of real size. Closing ends it. */
final class BenchNode implements AutoCloseable {
  private static final NodeSpec SPEC =
      new NodeSpec(
          "bench",
          0,
          Map.of(
              "sightline.inference.timeout", "5m",
              // image tokens of a hundred candidates of BLIP base take 177 MB
              "sightline.cache.features.size", "400mb",
              "sightline.cache.features.disk.storage", "float32"),
          List.of("-Xms2g", "-Xmx2g"));

  /** The last line of a class histogram: {@code Total 123456 7890123}, objects and bytes. */
  private static final Pattern HISTOGRAM_TOTAL =
      Pattern.compile("^Total\\s+\\d+\\s+(\\d+)\\s*$", Pattern.MULTILINE);

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
   * Unpacks, installs and starts. A node with the model that matches gets the image tokens of
   * {@link TokenStore}.
   */
  static BenchNode start(Bench bench, Collection<String> models) throws Exception {
    List<Path> bundles = models.stream().map(bench::bundle).toList();
    Path tokens = models.contains(PairScores.MODEL) ? TokenStore.filled(bench).folder() : null;
    Distribution distribution = unpack(bench);
    try {
      ElasticsearchCluster cluster =
          ElasticsearchCluster.of(distribution, "sightline-benchmarks", SPEC);
      bundles.forEach(cluster.node(0)::copyBundle);
      if (tokens != null) {
        cluster.node(0).copy(tokens, "data/sightline/features");
      }
      return new BenchNode(distribution, cluster.start());
    } catch (RuntimeException e) {
      distribution.delete();
      throw e;
    }
  }

  /** Unpacks a distribution and installs the plugin. */
  static Distribution unpack(Bench bench) {
    Path built = bench.checkout().resolve("gallery-demo/target/distribution");
    Distribution distribution =
        Distribution.unpack(
            built.resolve("elasticsearch.zip"),
            bench.checkout().resolve("lab/benchmarks/target/node"));
    try {
      distribution.installPlugin(built.resolve("sightline.zip"));
      return distribution;
    } catch (RuntimeException e) {
      distribution.delete();
      throw e;
    }
  }

  HttpJson http() {
    return http;
  }

  /** Process id of the server. */
  long pid() {
    return cluster.node(0).pid();
  }

  /**
   * Heap of reachable objects that neither breakers nor Elasticsearch's indexing pressure count, in
   * bytes. They are asked before and after the histogram, and the larger answer counts: requests
   * come and go meanwhile.
   */
  long uncountedHeapBytes() throws IOException, InterruptedException {
    long before = countedBytes();
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid()),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String histogram;
    try (InputStream in = jcmd.getInputStream()) {
      histogram = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Matcher total = HISTOGRAM_TOTAL.matcher(histogram);
    if (jcmd.waitFor() != 0 || total.find() == false) {
      throw new IOException("jcmd answered: " + histogram.lines().findFirst().orElse("nothing"));
    }
    return Long.parseLong(total.group(1)) - Math.max(before, countedBytes());
  }

  private long countedBytes() {
    JsonNode stats =
        http.ok("GET", "/_nodes/_local/stats/breaker,indexing_pressure", null)
            .at("/nodes")
            .iterator()
            .next();
    long bytes = stats.at("/indexing_pressure/memory/current/all_in_bytes").asLong();
    for (var breaker : stats.required("breakers").properties()) {
      // the parent measures the heap, the others count what was asked of them
      if (breaker.getKey().equals("parent") == false) {
        bytes += breaker.getValue().required("estimated_size_in_bytes").asLong();
      }
    }
    return bytes;
  }

  /** Creates an empty index with the pipeline of a model; loads the model; never refreshes. */
  PhotoIndex createIndex(String name, String model) {
    PhotoIndex index = new PhotoIndex(http, name, model, null).createWithoutTitles(1, 0, true);
    http.ok("PUT", "/" + name + "/_settings", "{\"index.refresh_interval\":\"-1\"}");
    http.ok("POST", "/_sightline/models/" + model + "/_load", null);
    return index;
  }

  /** Milliseconds of a search, seen from the client. */
  double searchMillis(String index, ObjectNode body) {
    String text = body.toString();
    long start = System.nanoTime();
    JsonNode answer = http.ok("POST", "/" + index + "/_search", text);
    double millis = (System.nanoTime() - start) / 1e6;
    int hits = answer.at("/hits/hits").size();
    if (hits != body.required("size").asInt() || answer.at("/_shards/failed").asInt(1) > 0) {
      throw new IllegalStateException("a search in [" + index + "] got " + answer);
    }
    return millis;
  }

  /** Embeddings of encoded images. */
  List<float[]> embed(String model, List<byte[]> images) {
    ArrayNode inputs = mapper.createArrayNode();
    for (byte[] image : images) {
      String value = Base64.getEncoder().encodeToString(image);
      inputs.addObject().put("type", "image").put("value", value);
    }
    return embed(model, inputs);
  }

  /** Embeddings of the inputs. */
  List<float[]> embed(String model, ArrayNode inputs) {
    String body = mapper.createObjectNode().set("input", inputs).toString();
    JsonNode answer = http.ok("POST", "/_sightline/models/" + model + "/_embed", body);
    return floats(answer.required("embeddings"));
  }

  /** A JSON list of vectors. */
  static List<float[]> floats(JsonNode vectors) {
    List<float[]> found = new ArrayList<>();
    vectors.forEach(vector -> found.add(PhotoIndex.floats(vector)));
    return found;
  }

  /** The smallest cosine of vectors in the same places. */
  static double minCosine(List<float[]> a, List<float[]> b) {
    double smallest = 1;
    for (int i = 0; i < a.size(); i++) {
      smallest = Math.min(smallest, PhotoIndex.cosine(a.get(i), b.get(i)));
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
