package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.sightline.demo.GalleryIndex;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.Bulks;

/**
 * Searches among more and more documents, for each index option. Documents are vectors of the
 * gallery's pictures, repeated with random vectors added. An index is one shard of one segment, so
 * that indices differ in nothing but their options and size.
 */
final class DocumentGrowth implements Part {
  private static final String MODEL = GalleryIndex.EMBEDDING_MODEL;
  private static final String FIELD = "photo_vector";
  private static final List<String> KINDS = List.of("hnsw", "int8_hnsw", "bbq_hnsw");
  private static final int SMALLEST = 1_000;
  private static final int K = 10;
  private static final int CANDIDATES = 100;
  private static final int BULK = 2_000;
  private static final int AT_ONCE = 128;
  private static final int NAMES = 200;
  private static final double ADDED = 0.5; // pictures of the same thing are about as far apart
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private final ObjectMapper mapper = new ObjectMapper();
  private int asks; // so that no text is asked for twice

  private static Row knn(String kind) {
    String what = "knn, " + kind + ", 128 dimensions, p50";
    return Row.growth("knn-" + kind.replace('_', '-'), what, " ms", 2);
  }

  private static Row imageText(String kind) {
    String what = "image_text, " + kind + ", 128 dimensions, p50";
    return Row.growth("image-text-" + kind.replace('_', '-'), what, " ms", 2);
  }

  @Override
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>(KINDS.stream().map(DocumentGrowth::knn).toList());
    KINDS.stream().map(DocumentGrowth::imageText).forEach(rows::add);
    return rows;
  }

  /** Powers of ten up to the largest size, and the largest size. */
  static List<Integer> sizes(int largest) {
    List<Integer> sizes = new ArrayList<>();
    for (long size = SMALLEST; size < largest; size *= 10) {
      sizes.add((int) size);
    }
    sizes.add(largest);
    return sizes;
  }

  /** An index, and the median times of both queries in each round. */
  private record Times(
      String index, String kind, int size, List<Double> knn, List<Double> imageText) {}

  @Override
  public void run(Bench bench, Report report) throws Exception {
    BenchNode node = bench.node();
    List<float[]> pictures = pictures(bench);
    List<String> names = bench.gallery().namesWithoutSkinTones().subList(0, NAMES);
    ArrayNode inputs = mapper.createArrayNode();
    names.forEach(inputs::add);
    List<float[]> queries = node.embed(MODEL, inputs);
    List<String> kinds =
        KINDS.stream()
            .filter(kind -> bench.wants(knn(kind)) || bench.wants(imageText(kind)))
            .toList();
    List<Times> all = new ArrayList<>();
    for (int size : sizes(bench.documents(bench.quick() ? 10_000 : 100_000))) {
      for (String kind : kinds) {
        bench.say("indexing " + size + " documents with " + kind);
        String index = "documents-" + size + "-" + kind;
        fill(node.http(), index, kind, pictures, size);
        all.add(new Times(index, kind, size, new ArrayList<>(), new ArrayList<>()));
      }
    }
    int asked = bench.quick() ? 40 : 100;
    for (int round = -1; round < bench.rounds(); round++) { // the first one warms up
      for (Times times : all) {
        ask(node, times, names, queries, asked, round >= 0);
      }
    }
    for (String kind : kinds) {
      tell(bench, report, kind, all.stream().filter(one -> one.kind().equals(kind)).toList());
    }
    all.forEach(times -> node.http().ok("DELETE", "/" + times.index(), null));
  }

  private static List<float[]> pictures(Bench bench) throws Exception {
    List<byte[]> images = bench.gallery().pictures().stream().map(Picture::png).toList();
    List<float[]> vectors = new ArrayList<>();
    for (int at = 0; at < images.size(); at += AT_ONCE) {
      int end = Math.min(at + AT_ONCE, images.size());
      vectors.addAll(bench.node().embed(MODEL, images.subList(at, end)));
    }
    return vectors;
  }

  private static void tell(Bench bench, Report report, String kind, List<Times> all) {
    List<Report.Point> ready = new ArrayList<>();
    List<Report.Point> encoded = new ArrayList<>();
    for (Times times : all) {
      String at = String.format(Locale.ROOT, "%,d documents", times.size());
      ready.add(new Report.Point(at, times.size(), times.knn()));
      encoded.add(new Report.Point(at, times.size(), times.imageText()));
    }
    if (bench.wants(knn(kind))) {
      String note = "one shard of one segment, k " + K + ", num_candidates " + CANDIDATES;
      report.grown(knn(kind), ready, note + "; --documents N goes further");
    }
    if (bench.wants(imageText(kind))) {
      report.grown(imageText(kind), encoded, "texts that the cluster has not seen");
    }
  }

  private void ask(
      BenchNode node,
      Times times,
      List<String> names,
      List<float[]> queries,
      int asked,
      boolean counts) {
    List<Double> ready = new ArrayList<>();
    List<Double> encoded = new ArrayList<>();
    for (int i = 0; i < asked; i++) {
      int number = asks++;
      int name = number % names.size();
      ObjectNode knn = body();
      bounds(knn.putObject("knn")).set("query_vector", mapper.valueToTree(queries.get(name)));
      ready.add(node.searchMillis(times.index(), knn));
      ObjectNode text = body();
      bounds(text.putObject("query").putObject("image_text"))
          .put("model_id", MODEL)
          .put("input", names.get(name) + " " + number);
      encoded.add(node.searchMillis(times.index(), text));
    }
    if (counts) {
      times.knn().add(Spread.of(ready).median());
      times.imageText().add(Spread.of(encoded).median());
    }
  }

  private ObjectNode body() {
    return mapper.createObjectNode().put("size", K).put("_source", false);
  }

  private static ObjectNode bounds(ObjectNode query) {
    return query.put("field", FIELD).put("k", K).put("num_candidates", CANDIDATES);
  }

  private void fill(HttpJson node, String index, String kind, List<float[]> pictures, int size) {
    node.send("DELETE", "/" + index, null);
    ObjectNode body = mapper.createObjectNode();
    body.putObject("settings")
        .put("index.number_of_shards", 1)
        .put("index.number_of_replicas", 0)
        .put("index.refresh_interval", "-1");
    ObjectNode field = body.putObject("mappings").putObject("properties").putObject(FIELD);
    field.put("type", "dense_vector").put("dims", pictures.get(0).length);
    field.put("similarity", "cosine").putObject("index_options").put("type", kind);
    node.ok("PUT", "/" + index, body.toString());
    Iterator<byte[]> bodies =
        IntStream.range(0, (size + BULK - 1) / BULK)
            .mapToObj(i -> lines(pictures, i * BULK, Math.min((i + 1) * BULK, size)))
            .iterator();
    Bulks.send(node, "/" + index + "/_bulk", bodies, 2);
    merge(node, index);
  }

  /** Vectors as base64 of big-endian floats: exact, and a third of the size of digits. */
  private static byte[] lines(List<float[]> pictures, int from, int to) {
    StringBuilder lines = new StringBuilder();
    for (int i = from; i < to; i++) {
      float[] vector = around(pictures, i);
      ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES);
      bytes.asFloatBuffer().put(vector);
      lines.append("{\"index\":{\"_id\":\"").append(i).append("\"}}\n{\"").append(FIELD);
      lines.append("\":\"").append(Base64.getEncoder().encodeToString(bytes.array()));
      lines.append("\"}\n");
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The vector of a document: a picture's vector of length 1 and a random vector of 0.5. */
  static float[] around(List<float[]> pictures, int number) {
    float[] vector = pictures.get(number % pictures.size()).clone();
    SplittableRandom random = new SplittableRandom(number);
    double deviation = ADDED / Math.sqrt(vector.length);
    for (int d = 0; d < vector.length; d++) {
      vector[d] += (float) (deviation * random.nextGaussian());
    }
    return vector;
  }

  /** Merging a million vectors takes longer than a request may. */
  private static void merge(HttpJson node, String index) {
    String path = "/" + index + "/_forcemerge?max_num_segments=1&wait_for_completion=false";
    String task = node.ok("POST", path, null).required("task").asText();
    JsonNode state = node.ok("GET", "/_tasks/" + task, null);
    while (state.required("completed").asBoolean() == false) {
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
      state = node.ok("GET", "/_tasks/" + task, null);
    }
    if (state.has("error")) {
      throw new IllegalStateException("merging [" + index + "] got " + state);
    }
    node.ok("POST", "/" + index + "/_flush", null);
    node.ok("POST", "/" + index + "/_refresh", null);
  }
}
