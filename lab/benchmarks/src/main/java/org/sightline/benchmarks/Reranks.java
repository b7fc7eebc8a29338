package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.benchmarks.rival.BareSession;
import org.sightline.benchmarks.rival.TextIds;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Role;
import org.sightline.testsupport.cluster.HttpJson;

/** A search that reads a hundred candidates again, against the matching graph alone. */
final class Reranks implements Part {
  private static final String INDEX = "candidates";
  private static final int WINDOW = TokenStore.PHOTOS;
  private static final int BATCH = 32;
  private static final String MAPPING =
      """
      { "settings": { "number_of_shards": 1, "number_of_replicas": 0 },
        "mappings": { "properties": {
          "photo": { "type": "binary" }, "photo_digest": { "type": "keyword" } } } }""";

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

  /** An index of candidates whose tokens are kept. */
  private static void fill(BenchNode node, TokenStore store) {
    HttpJson http = node.http();
    http.send("DELETE", "/" + INDEX, null);
    http.ok("PUT", "/" + INDEX, MAPPING);
    StringBuilder lines = new StringBuilder();
    for (InferenceInput.Image image : store.images()) {
      lines.append("{\"index\":{}}\n{\"photo_digest\":\"").append(image.digest()).append("\"}\n");
    }
    http.ok("POST", "/" + INDEX + "/_bulk?refresh=true", lines.toString());
  }

  /** Milliseconds of one search that reads all candidates again. */
  private static double search(BenchNode node) {
    ObjectNode body = new ObjectMapper().createObjectNode().put("size", 10).put("_source", false);
    ObjectNode rerank = body.putObject("retriever").putObject("image_text_match");
    rerank.putObject("retriever").putObject("standard").putObject("query").putObject("match_all");
    rerank.put("model_id", PairScores.MODEL).put("input", PairScores.TEXT);
    rerank.put("field", "photo").put("rank_window_size", WINDOW);
    return node.searchMillis(INDEX, body);
  }
}
