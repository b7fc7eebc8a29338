package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.benchmarks.rival.BareSession;
import org.sightline.benchmarks.rival.TextIds;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.inference.Role;

/**
 * What a search by text costs beyond its parts: the client sees a {@code knn} whose vector the
 * cluster makes, the same again, and one with a ready vector; the text encoder alone runs here.
 */
final class TextSearches implements Part {
  static final String MODEL = PhotoIngest.MODEL;
  private static final String INDEX = "texts";
  private static final int DIMENSIONS = 512;
  private static final int BULK = 500;

  /** Rounds until the node's compiler is done with a search. */
  private static final int WARM_UPS = 3;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String[] THINGS = {"dog", "cat", "bus", "tree", "boat", "child", "horse"};
  private static final String[] PLACES = {"beach", "street", "garden", "mountain", "kitchen"};

  private final Row first =
      new Row(
          "search-text",
          "text→image search, p50, CLIP B/32",
          "less bare text encoder and bare knn",
          Goal.millisAtMost(3));
  private final Row again =
      new Row("search-repeated", "the same text again, p50", "less bare knn", Goal.millisAtMost(1));

  @Override
  public List<Row> rows() {
    return List.of(first, again);
  }

  @Override
  public Set<String> models() {
    return Set.of(MODEL);
  }

  /** Times of one round, in milliseconds, and what is left of them. */
  private static final class Times {
    private final List<Double> encoded = new ArrayList<>();
    private final List<Double> repeated = new ArrayList<>();
    private final List<Double> knn = new ArrayList<>();
    private final List<Double> encoder = new ArrayList<>();

    static double p50(List<Double> times) {
      return Spread.of(times).median();
    }

    double beyondParts() {
      return p50(encoded) - p50(encoder) - p50(knn);
    }

    double beyondKnn() {
      return p50(repeated) - p50(knn);
    }

    String text() {
      return String.format(
          Locale.ROOT,
          "search %.1f, repeated %.1f, knn %.1f, encoder %.1f ms in the last round",
          p50(encoded),
          p50(repeated),
          p50(knn),
          p50(encoder));
    }
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    BenchNode node = bench.node();
    int documents = bench.quick() ? 2_000 : 20_000;
    fill(node, documents);
    Bundle bundle = Bundle.read(bench.bundle(MODEL));
    List<Double> beyondParts = new ArrayList<>();
    List<Double> beyondKnn = new ArrayList<>();
    String last = "";
    int asked = bench.quick() ? 50 : 200;
    try (BareSession encoder = new BareSession(bundle, Role.TEXT_EMBEDDING, bench.threads());
        TextIds ids = new TextIds(bundle)) {
      for (int round = -WARM_UPS; round < bench.rounds(); round++) {
        Times times = new Times();
        for (int i = 0; i < asked; i++) {
          String text = text((round + WARM_UPS) * asked + i);
          ask(node, encoder, ids.of(text), text, times);
        }
        if (round >= 0) {
          beyondParts.add(times.beyondParts());
          beyondKnn.add(times.beyondKnn());
          last = documents + " vectors; " + times.text();
        }
      }
    }
    if (bench.wants(first)) {
      report.measured(first, beyondParts, last);
    }
    if (bench.wants(again)) {
      report.measured(again, beyondKnn, last);
    }
  }

  /** A text that no other number has. */
  private static String text(int number) {
    return "a photo of a "
        + THINGS[number % THINGS.length]
        + " beside "
        + number
        + " others in the "
        + PLACES[number % PLACES.length];
  }

  private static void ask(
      BenchNode node, BareSession encoder, long[] ids, String text, Times times) {
    ObjectNode byText = search();
    ((ObjectNode) byText.get("knn"))
        .putObject("query_vector_builder")
        .putObject("image_text_embedding")
        .put("model_id", MODEL)
        .put("input", text);
    times.encoded.add(node.searchMillis(INDEX, byText));
    times.repeated.add(node.searchMillis(INDEX, byText));
    long start = System.nanoTime();
    float[] vector = encoder.text(ids);
    times.encoder.add((System.nanoTime() - start) / 1e6);
    ObjectNode byVector = search();
    ((ObjectNode) byVector.get("knn")).set("query_vector", MAPPER.valueToTree(vector));
    times.knn.add(node.searchMillis(INDEX, byVector));
  }

  private static ObjectNode search() {
    ObjectNode body = MAPPER.createObjectNode().put("size", 10).put("_source", false);
    body.putObject("knn").put("field", "photo_vector").put("k", 10).put("num_candidates", 100);
    return body;
  }

  /** An index of random vectors. */
  private static void fill(BenchNode node, int documents) {
    node.createIndex(INDEX, MODEL);
    SplittableRandom random = new SplittableRandom(7);
    for (int at = 0; at < documents; at += BULK) {
      StringBuilder lines = new StringBuilder();
      for (int i = at; i < Math.min(at + BULK, documents); i++) {
        float[] vector = new float[DIMENSIONS];
        for (int d = 0; d < DIMENSIONS; d++) {
          vector[d] = (float) random.nextDouble(-1, 1);
        }
        ObjectNode document = MAPPER.createObjectNode().put("title", "vector " + i);
        document.set("photo_vector", MAPPER.valueToTree(vector));
        lines.append("{\"index\":{}}\n").append(document).append('\n');
      }
      node.http().ok("POST", "/" + INDEX + "/_bulk?pipeline=_none", lines.toString());
    }
    node.http().ok("POST", "/" + INDEX + "/_forcemerge?max_num_segments=1", null);
    node.http().ok("POST", "/" + INDEX + "/_refresh", null);
  }
}
