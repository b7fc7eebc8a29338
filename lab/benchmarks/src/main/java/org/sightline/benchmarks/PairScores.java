package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.benchmarks.rival.Rival;
import org.sightline.benchmarks.rival.TextIds;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchScore;

/**
 * A text of twelve tokens with images whose tokens are in memory, through the runtime, against R1,
 * which has only the images and computes everything anew.
 */
final class PairScores implements Part {
  static final String MODEL = "real-blip";
  static final String INT8 = "real-blip-int8";

  /** Twelve tokens, the two around it included. */
  static final String TEXT = "two dogs running on the beach, seen from above";

  private static final long CACHE = 400L << 20;
  private static final int RIVAL_PAIRS = 8;
  private static final int PAIRS = 32;
  private static final double MAX_DIFFERENCE = 1e-3;

  private final Row exact =
      new Row(
          "itm-pair",
          "ITM pairs/s, BLIP-base @384, 12 tokens, image tokens cached, logits within 1e-3",
          "R1 recomputing everything",
          Goal.ratioOfAtLeast(20));
  private final Row small =
      new Row(
          "itm-pair-int8",
          "the same with the text side in int8",
          "R1 recomputing everything",
          Goal.ratioOfAtLeast(30));

  @Override
  public List<Row> rows() {
    return List.of(exact, small);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    TokenStore store = TokenStore.filled(bench);
    store.shareWith(bench, INT8);
    List<Path> files = bench.photos().small(TokenStore.PHOTOS);
    bench.rival().load("pairs", files);
    List<InferenceInput> images = store.references(PAIRS);
    List<Double> rivals = new ArrayList<>();
    List<Double> exacts = new ArrayList<>();
    List<Double> smalls = new ArrayList<>();
    List<MatchScore> exactScores = List.of();
    List<MatchScore> smallScores = List.of();
    float[][] theirs;
    try (Matcher fp32 = new Matcher(bench, MODEL, store.files(), CACHE);
        Matcher int8 = new Matcher(bench, INT8, store.files(), CACHE)) {
      theirs = rival(bench, null);
      fp32.match(TEXT, images); // reads the tokens into memory
      int8.match(TEXT, images);
      for (int round = 0; round < bench.rounds(); round++) {
        rival(bench, rivals);
        long start = System.nanoTime();
        exactScores = fp32.match(TEXT, images);
        exacts.add(rate(start));
        start = System.nanoTime();
        smallScores = int8.match(TEXT, images);
        smalls.add(rate(start));
      }
    }
    double difference = difference(exactScores, theirs);
    if (bench.wants(exact)) {
      report.measured(
          exact,
          Spread.ratios(exacts, rivals),
          difference <= MAX_DIFFERENCE,
          millis("fp32", exacts, rivals)
              + String.format(Locale.ROOT, "; logits differ by at most %.1e", difference));
    }
    if (bench.wants(small)) {
      report.measured(
          small,
          Spread.ratios(smalls, rivals),
          millis("int8", smalls, rivals)
              + String.format(
                  Locale.ROOT,
                  "; logits move by at most %.3f, probabilities by at most %.4f",
                  shift(exactScores, smallScores, false),
                  shift(exactScores, smallScores, true)));
    }
  }

  private static String millis(String name, List<Double> ours, List<Double> rivals) {
    return String.format(
        Locale.ROOT,
        "%s %.1f, R1 %.0f ms a pair",
        name,
        1000 / Spread.of(ours).median(),
        1000 / Spread.of(rivals).median());
  }

  private static double rate(long start) {
    return PAIRS / ((System.nanoTime() - start) / 1e9);
  }

  /** R1's logits, and its pairs a second into the list. */
  private static float[][] rival(Bench bench, List<Double> rates) throws Exception {
    Rival rival = bench.rival();
    ObjectNode command = rival.command("match").put("images", "pairs").put("count", RIVAL_PAIRS);
    command.put("checkpoint", bench.madeBundles().resolve("checkpoint-blip").toString());
    command.put("bundle", bench.bundle(MODEL).toString());
    try (TextIds ids = new TextIds(Bundle.read(bench.bundle(MODEL)))) {
      for (long id : ids.forMatching(TEXT)) {
        command.withArray("ids").add(id);
      }
    }
    JsonNode answer = rival.ask(command);
    if (rates != null) {
      rates.add(RIVAL_PAIRS / answer.required("seconds").asDouble());
    }
    return BenchNode.floats(answer.required("logits")).toArray(new float[0][]);
  }

  private static double difference(List<MatchScore> ours, float[][] theirs) {
    double largest = 0;
    for (int i = 0; i < theirs.length; i++) {
      double no = Math.abs(ours.get(i).noMatchLogit() - theirs[i][0]);
      double yes = Math.abs(ours.get(i).matchLogit() - theirs[i][1]);
      largest = Math.max(largest, Math.max(no, yes));
    }
    return largest;
  }

  private static double shift(List<MatchScore> a, List<MatchScore> b, boolean probabilities) {
    double largest = 0;
    for (int i = 0; i < a.size(); i++) {
      double moved =
          probabilities
              ? a.get(i).probability() - b.get(i).probability()
              : a.get(i).matchLogit() - b.get(i).matchLogit();
      largest = Math.max(largest, Math.abs(moved));
    }
    return largest;
  }
}
