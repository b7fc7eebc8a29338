package org.sightline.benchmarks;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.sightline.demo.GalleryIndex;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;

/**
 * The bundled model on the gallery: pictures a second of the ingest pipeline against ONNX Runtime
 * alone, on the same pictures with the same number of threads in the same run, and the time of a
 * search with and without rerank against a bare {@code knn}.
 */
public final class FirstLight {
  private static final int WARM_UP_PICTURES = 512;

  private final Path checkout;
  private final boolean quick;
  private final PrintStream out;

  private FirstLight(Path checkout, boolean quick, PrintStream out) {
    this.checkout = checkout;
    this.quick = quick;
    this.out = out;
  }

  /** Arguments: the checkout, then optionally {@code --quick}. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    boolean quick = List.of(arguments).contains("--quick");
    new FirstLight(Path.of(arguments[0]), quick, out).run();
  }

  private void run() {
    Path demo = checkout.resolve("gallery-demo");
    Gallery gallery = Gallery.read(demo.resolve("gallery/noto.zip"));
    Distribution distribution =
        Distribution.unpack(
            demo.resolve("target/distribution/elasticsearch.zip"),
            checkout.resolve("benchmarks/target/node"));
    distribution.installPlugin(demo.resolve("target/distribution/sightline.zip"));
    NodeSpec spec = new NodeSpec("bench", 0, Map.of(), List.of("-Xms1g", "-Xmx1g"));
    try (ElasticsearchCluster cluster =
            ElasticsearchCluster.of(distribution, "sightline-benchmarks", spec).start();
        HttpJson node = new HttpJson(cluster.http())) {
      ingest(node, gallery.pictures());
      searches(node, gallery);
    } finally {
      distribution.delete();
    }
  }

  private void ingest(HttpJson node, List<Picture> all) {
    int threads = Runtime.getRuntime().availableProcessors();
    List<Picture> pictures = quick ? all.subList(0, all.size() / 3) : all;
    int rounds = quick ? 2 : 5;
    List<Double> pipeline = new ArrayList<>();
    List<Double> tensors = new ArrayList<>();
    List<Double> bytes = new ArrayList<>();
    Path bundle = checkout.resolve("model-runtime/bundles").resolve(GalleryIndex.EMBEDDING_MODEL);
    try (BareIngest bare = new BareIngest(bundle, bytes(pictures), threads)) {
      GalleryIngest.index(node, all.subList(0, Math.min(WARM_UP_PICTURES, all.size())));
      bare.fromBytes();
      for (int round = 0; round < rounds; round++) {
        pipeline.add(GalleryIngest.index(node, pictures));
        tensors.add(bare.fromTensors());
        bytes.add(bare.fromBytes());
      }
    }
    out.println(
        String.format(
            Locale.ROOT,
            "Ingest of %,d pictures, %d rounds, %d threads        median (min to max)",
            pictures.size(),
            rounds,
            threads));
    out.println("  pipeline, pictures a second                " + Spread.of(pipeline).text(0));
    out.println("  bare runtime from encoded bytes            " + Spread.of(bytes).text(0));
    out.println("  bare runtime from ready tensors            " + Spread.of(tensors).text(0));
    out.println(
        "  pipeline over bare, encoded bytes          "
            + Spread.of(Spread.ratios(pipeline, bytes)).text(2));
    out.println(
        "  pipeline over bare, ready tensors          "
            + Spread.of(Spread.ratios(pipeline, tensors)).text(2));
    out.println();
  }

  private static List<byte[]> bytes(List<Picture> pictures) {
    return pictures.stream().map(Picture::png).toList();
  }

  private void searches(HttpJson node, Gallery gallery) {
    GalleryIngest.index(node, gallery.pictures());
    List<String> names = gallery.namesWithoutSkinTones();
    int asked = quick ? 200 : 1000;
    int step = Math.max(1, names.size() / asked);
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < names.size() && chosen.size() < asked; i += step) {
      chosen.add(names.get(i));
    }
    new Searches(node).run(chosen.subList(0, Math.min(50, chosen.size()))); // warm-up
    Searches searches = new Searches(node);
    searches.run(chosen);
    searches.print(out);
  }
}
