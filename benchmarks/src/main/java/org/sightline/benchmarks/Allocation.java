package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sightline.demo.GalleryIndex;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;

/**
 * What one picture and one search allocate in a real node, and where: photographs and CLIP ViT-B/32
 * where its bundle has been made, otherwise the gallery and the bundled model.
 */
public final class Allocation {
  private static final String INDEX = "allocation";
  private static final int BULK = 32;

  private final ObjectMapper mapper = new ObjectMapper();
  private final Bench bench;
  private final BenchNode node;
  private final String model;
  private final List<byte[]> pictures;
  private final int searches;

  private Allocation(
      Bench bench, BenchNode node, String model, List<byte[]> pictures, int searches) {
    this.bench = bench;
    this.node = node;
    this.model = model;
    this.pictures = pictures;
    this.searches = searches;
  }

  /** Arguments: the checkout, then optionally {@code --quick}. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parse(List.of(arguments), Set.of());
    } catch (IllegalArgumentException e) {
      err.println("benchmarks/run: " + e.getMessage());
      System.exit(2);
      return;
    }
    Path made = options.checkout().resolve(".cache/benchmarks/bundles");
    boolean real = Files.isDirectory(made.resolve(PhotoIngest.MODEL));
    String model = real ? PhotoIngest.MODEL : GalleryIndex.EMBEDDING_MODEL;
    int count = options.quick() ? 64 : 128;
    Set<String> models = real ? Set.of(model) : Set.of();
    try (Bench bench = new Bench(options, models, err)) {
      List<byte[]> pictures =
          real ? Photos.read(bench.photos().small(count)) : gallery(bench, count);
      String title =
          String.join(
              " ",
              model + ",",
              count + " pictures of",
              Units.bytes(pictures.stream().mapToInt(p -> p.length).average().orElse(0)));
      int searches = options.quick() ? 50 : 200;
      bench.say("starting a node with " + model);
      try (BenchNode node = BenchNode.start(bench, models, AllocationRecording.JVM_OPTIONS)) {
        out.print(new Allocation(bench, node, model, pictures, searches).run(title));
      }
    }
  }

  private static List<byte[]> gallery(Bench bench, int count) {
    Path zip = bench.checkout().resolve("gallery-demo/gallery/noto.zip");
    return Gallery.read(zip).pictures().subList(0, count).stream().map(Picture::png).toList();
  }

  private AllocationReport run(String title) throws Exception {
    PhotoIndex index = new PhotoIndex(node, INDEX, model, BULK);
    AllocationRecording recording = new AllocationRecording(node.pid(), node.temporary());
    bench.say("warming up");
    ingest(index);
    ingest(index);
    List<ObjectNode> warmUps = byText(0);
    List<ObjectNode> asked = byText(searches);
    search(warmUps);
    search(warmUps);
    List<ObjectNode> ready = byVector();
    search(ready);
    AllocationReport report = new AllocationReport(title + ", " + searches + " searches");
    bench.say("recording");
    report.add("picture ingested", pictures.size(), recording.of(() -> ingest(index)));
    report.add("search, a new text", searches, recording.of(() -> search(asked)));
    report.add("search, the same text again", searches, recording.of(() -> search(asked)));
    report.add("search with a ready vector", searches, recording.of(() -> search(ready)));
    return report;
  }

  /** All pictures into an empty index that can be searched afterwards. */
  private void ingest(PhotoIndex index) throws Exception {
    index.fill(pictures);
    node.http().ok("POST", "/" + INDEX + "/_refresh", null);
  }

  private void search(List<ObjectNode> bodies) throws Exception {
    for (ObjectNode body : bodies) {
      node.http().ok("POST", "/" + INDEX + "/_search", body.toString());
    }
  }

  private ObjectNode body() {
    ObjectNode body = mapper.createObjectNode().put("size", 10).put("_source", false);
    body.putObject("knn").put("field", "photo_vector").put("k", 10).put("num_candidates", 50);
    return body;
  }

  /** Searches by texts that no other range of numbers has. */
  private List<ObjectNode> byText(int from) {
    List<ObjectNode> bodies = new ArrayList<>();
    for (int i = from; i < from + searches; i++) {
      ObjectNode body = body();
      ((ObjectNode) body.get("knn"))
          .putObject("query_vector_builder")
          .putObject("image_text_embedding")
          .put("model_id", model)
          .put("input", "a photo of a dog beside " + i + " others in the garden");
      bodies.add(body);
    }
    return bodies;
  }

  /** As many searches with vectors that the model gives for pictures. */
  private List<ObjectNode> byVector() throws Exception {
    List<float[]> vectors = node.embed(model, pictures.subList(0, 8));
    List<ObjectNode> bodies = new ArrayList<>();
    for (int i = 0; i < searches; i++) {
      ObjectNode body = body();
      ArrayNode vector = ((ObjectNode) body.get("knn")).putArray("query_vector");
      for (float value : vectors.get(i % vectors.size())) {
        vector.add(value);
      }
      bodies.add(body);
    }
    return bodies;
  }
}
