package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sightline.bundle.Bundle;
import org.sightline.features.ImageFeatures;
import org.sightline.inference.InferenceInput;
import org.sightline.inference.Role;

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

  private final ObjectMapper mapper = new ObjectMapper();

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
    fill(node, store);
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

  private void fill(BenchNode node, TokenStore store) {
    node.createIndex(INDEX, null, null);
    StringBuilder lines = new StringBuilder();
    for (InferenceInput.Image image : store.images()) {
      ObjectNode document = mapper.createObjectNode().put("title", "a picture");
      document.put("photo_digest", image.digest());
      lines.append("{\"index\":{}}\n").append(document).append('\n');
    }
    node.http().ok("POST", "/" + INDEX + "/_bulk", lines.toString());
    node.http().ok("POST", "/" + INDEX + "/_refresh", null);
  }

  /** Milliseconds of one search, seen from the client. */
  private double search(BenchNode node) {
    ObjectNode body = mapper.createObjectNode().put("size", 10).put("_source", false);
    ObjectNode rerank = body.putObject("retriever").putObject("image_text_match");
    rerank.putObject("retriever").putObject("standard").putObject("query").putObject("match_all");
    rerank.put("model_id", PairScores.MODEL).put("input", PairScores.TEXT);
    rerank.put("field", "photo").put("rank_window_size", WINDOW);
    String text = body.toString();
    long start = System.nanoTime();
    JsonNode answer = node.http().ok("POST", "/" + INDEX + "/_search", text);
    double millis = (System.nanoTime() - start) / 1e6;
    if (answer.required("hits").required("hits").size() != 10) {
      throw new IllegalStateException("the search found: " + answer);
    }
    return millis;
  }
}
