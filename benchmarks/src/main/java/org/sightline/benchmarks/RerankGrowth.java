package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sightline.demo.GalleryIndex;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;

/** A search that reads more and more candidates again; their image tokens are cached. */
final class RerankGrowth implements GrowthPart {
  private static final String INDEX = "windows";
  private static final int TEXTS = 20;

  private final Growth row;
  private final String model;
  private final int[] windows;

  private RerankGrowth(Growth row, String model, int... windows) {
    this.row = row;
    this.model = model;
    this.windows = windows;
  }

  static RerankGrowth ofBundled() {
    Growth row =
        new Growth("rerank-emoji", "rerank, emoji-blip, cached image tokens, p50", "ms", 1);
    return new RerankGrowth(row, GalleryIndex.MATCHING_MODEL, 10, 50, 100, 256);
  }

  static RerankGrowth ofRealSize() {
    Growth row =
        new Growth(
            "rerank-blip", "rerank, BLIP-base @384, 12 tokens, cached image tokens", "ms", 0);
    return new RerankGrowth(row, PairScores.MODEL, 10, 50, TokenStore.PHOTOS);
  }

  @Override
  public List<Growth> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return isBundled() ? Set.of() : Set.of(model);
  }

  private boolean isBundled() {
    return model.equals(GalleryIndex.MATCHING_MODEL);
  }

  @Override
  public void run(Bench bench, GrowthReport report) throws Exception {
    bench.bundle(model);
    BenchNode node = bench.node();
    List<String> texts = isBundled() ? fillFromGallery(bench, node) : fillFromStore(bench, node);
    int largest = windows[windows.length - 1];
    texts.forEach(text -> Reranks.search(node, INDEX, model, text, largest)); // fills the cache
    List<List<Double>> values = new ArrayList<>();
    for (int ignored : windows) {
      values.add(new ArrayList<>());
    }
    for (int round = 0; round < bench.rounds(); round++) {
      for (int w = 0; w < windows.length; w++) {
        List<Double> millis = new ArrayList<>();
        for (String text : texts) {
          millis.add(Reranks.search(node, INDEX, model, text, windows[w]));
        }
        values.get(w).add(Spread.of(millis).median());
      }
    }
    List<Growth.Point> points = new ArrayList<>();
    List<String> each = new ArrayList<>();
    for (int w = 0; w < windows.length; w++) {
      points.add(new Growth.Point(windows[w] + " candidates", windows[w], values.get(w)));
      double median = Spread.of(values.get(w)).median();
      each.add(String.format(Locale.ROOT, "%.2f", median / windows[w]));
    }
    String note = "texts a round: " + texts.size() + "; ms a candidate: " + String.join(", ", each);
    report.measured(row, points, note);
  }

  private static List<String> fillFromStore(Bench bench, BenchNode node) throws Exception {
    Reranks.fill(node, INDEX, TokenStore.filled(bench));
    return List.of(PairScores.TEXT);
  }

  private List<String> fillFromGallery(Bench bench, BenchNode node) {
    Gallery gallery = bench.gallery();
    List<Picture> pictures = gallery.pictures().subList(0, windows[windows.length - 1]);
    ObjectMapper mapper = new ObjectMapper();
    StringBuilder lines = new StringBuilder();
    for (Picture picture : pictures) {
      ObjectNode document = mapper.createObjectNode().put("title", picture.name());
      document.put("photo", Base64.getEncoder().encodeToString(picture.png()));
      document.put("photo_digest", InferenceInput.Image.of(picture.png()).digest());
      lines.append("{\"index\":{}}\n").append(document).append('\n');
    }
    node.createIndex(INDEX, null, null);
    node.http().ok("POST", "/" + INDEX + "/_bulk", lines.toString());
    node.http().ok("POST", "/" + INDEX + "/_refresh", null);
    List<String> names = gallery.namesWithoutSkinTones();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      texts.add(names.get(i * names.size() / TEXTS));
    }
    return texts;
  }
}
