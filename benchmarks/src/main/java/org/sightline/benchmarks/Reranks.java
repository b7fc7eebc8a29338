package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Role;

/** A search that reads a hundred candidates again, against the matching graph alone. */
final class Reranks implements Part {
  private static final String INDEX = "candidates";
  private static final int WINDOW = TokenStore.PHOTOS;
  private static final int BATCH = 32;

  private final Row row =
      new Row(
          "rerank-100",
          "rerank of 100 cached candidates, BLIP-base @384, 12 tokens",
          "100 pairs, bare ONNX Runtime, batches of 32",
          Goal.ratioOfAtMost(1.1));

  @Override
  public List<Row> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return Set.of(PairScores.MODEL);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    TokenStore store = TokenStore.filled(bench);
    BenchNode node = bench.node();
    fill(node, INDEX, store);
    search(node); // loads the model, and the tokens from the disk
    List<Double> searches = new ArrayList<>();
    List<Double> bares = new ArrayList<>();
    try (BarePairs bare = new BarePairs(bench, store)) {
      bare.millis();
      for (int round = 0; round < bench.rounds(); round++) {
        searches.add(search(node));
        bares.add(bare.millis());
      }
    }
    report.measured(
        row,
        Spread.ratios(searches, bares),
        String.format(
            Locale.ROOT,
            "search %s ms, bare %s ms",
            Spread.of(searches).text(0),
            Spread.of(bares).text(0)));
  }

  /** The matching graph on the same pairs. */
  private static final class BarePairs implements AutoCloseable {
    private final BareSession session;
    private final long[] ids;
    private final List<FloatBuffer> batches = new ArrayList<>();
    private int count;
    private int hidden;

    BarePairs(Bench bench, TokenStore store) {
      Bundle bundle = Bundle.read(bench.bundle(PairScores.MODEL));
      try (TextIds texts = new TextIds(bundle)) {
        ids = texts.forMatching(PairScores.TEXT);
      }
      for (int at = 0; at < WINDOW; at += BATCH) {
        batches.add(batch(store, store.images().subList(at, Math.min(at + BATCH, WINDOW))));
      }
      session = new BareSession(bundle, Role.MATCHING, bench.threads());
    }

    private FloatBuffer batch(TokenStore store, List<InferenceInput.Image> images) {
      FloatBuffer values = null;
      for (InferenceInput.Image image : images) {
        ImageFeatures.Tokens tokens = store.read(image.digest()).tokens();
        count = tokens.count();
        hidden = tokens.hidden();
        if (values == null) {
          values = BareSession.direct(images.size() * tokens.values().length);
        }
        values.put(tokens.values());
      }
      return values.flip();
    }

    double millis() {
      long start = System.nanoTime();
      for (FloatBuffer batch : batches) {
        session.pairs(ids, batch, batch.remaining() / (count * hidden), count, hidden);
      }
      return (System.nanoTime() - start) / 1e6;
    }

    @Override
    public void close() {
      session.close();
    }
  }

  /** Makes an index of candidates whose tokens are kept. */
  static void fill(BenchNode node, String index, TokenStore store) {
    ObjectMapper mapper = new ObjectMapper();
    node.createIndex(index, null, null);
    StringBuilder lines = new StringBuilder();
    for (InferenceInput.Image image : store.images()) {
      ObjectNode document = mapper.createObjectNode().put("title", "a picture");
      document.put("photo_digest", image.digest());
      lines.append("{\"index\":{}}\n").append(document).append('\n');
    }
    node.http().ok("POST", "/" + index + "/_bulk", lines.toString());
    node.http().ok("POST", "/" + index + "/_refresh", null);
  }

  private static double search(BenchNode node) {
    return search(node, INDEX, PairScores.MODEL, PairScores.TEXT, WINDOW);
  }

  /** Milliseconds of one search that reads so many candidates again, seen from the client. */
  static double search(BenchNode node, String index, String model, String text, int window) {
    ObjectNode body = new ObjectMapper().createObjectNode().put("size", 10).put("_source", false);
    ObjectNode rerank = body.putObject("retriever").putObject("image_text_match");
    rerank.putObject("retriever").putObject("standard").putObject("query").putObject("match_all");
    rerank.put("model_id", model).put("input", text);
    rerank.put("field", "photo").put("rank_window_size", window);
    String request = body.toString();
    long start = System.nanoTime();
    JsonNode answer = node.http().ok("POST", "/" + index + "/_search", request);
    double millis = (System.nanoTime() - start) / 1e6;
    if (answer.required("hits").required("hits").size() != 10) {
      throw new IllegalStateException("the search found: " + answer);
    }
    return millis;
  }
}
