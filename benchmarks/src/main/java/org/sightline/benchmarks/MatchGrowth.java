package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sightline.demo.GalleryIndex;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.testsupport.gallery.Picture;

/** Matching with longer and longer texts, through the runtime; image tokens are in memory. */
final class MatchGrowth implements GrowthPart {
  private static final long CACHE = 400L << 20;

  private final Growth row;
  private final String model;
  private final int pairs;
  private final int repeats; // of one measurement, where a batch takes milliseconds
  private final int[] lengths;

  private MatchGrowth(Growth row, String model, int pairs, int repeats, int... lengths) {
    this.row = row;
    this.model = model;
    this.pairs = pairs;
    this.repeats = repeats;
    this.lengths = lengths;
  }

  static MatchGrowth ofBundled() {
    Growth row = new Growth("match-emoji", "matching, emoji-blip, batches of 32, a pair", "ms", 3);
    return new MatchGrowth(row, GalleryIndex.MATCHING_MODEL, 64, 10, 6, 12, 24);
  }

  static MatchGrowth ofRealSize() {
    Growth row = new Growth("match-blip", "matching, BLIP-base @384, 32 at once, a pair", "ms", 1);
    return new MatchGrowth(row, PairScores.MODEL, 32, 1, 6, 12, 35);
  }

  @Override
  public List<Growth> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return Set.of();
  }

  @Override
  public void run(Bench bench, GrowthReport report) throws Exception {
    bench.bundle(model);
    if (model.equals(PairScores.MODEL)) {
      TokenStore store = TokenStore.filled(bench);
      run(bench, report, store.files(), store.references(pairs));
    } else {
      List<InferenceInput> images = new ArrayList<>();
      for (Picture picture : bench.gallery().pictures().subList(0, pairs)) {
        images.add(InferenceInput.Image.of(picture.png()));
      }
      run(bench, report, null, images);
    }
  }

  private void run(
      Bench bench, GrowthReport report, FeatureFiles files, List<InferenceInput> images)
      throws Exception {
    List<List<Double>> values = new ArrayList<>();
    for (int ignored : lengths) {
      values.add(new ArrayList<>());
    }
    try (TextIds ids = new TextIds(Bundle.read(bench.bundle(model)));
        Matcher matcher = new Matcher(bench, model, files, CACHE)) {
      TextOfLength texts = new TextOfLength(text -> ids.forMatching(text).length);
      for (int length : lengths) { // reads the tokens into memory and warms up
        matcher.match(texts.text(length, 0), images);
      }
      for (int round = 0; round < bench.rounds(); round++) {
        for (int l = 0; l < lengths.length; l++) {
          String text = texts.text(lengths[l], round);
          long start = System.nanoTime();
          for (int repeat = 0; repeat < repeats; repeat++) {
            matcher.match(text, images);
          }
          values.get(l).add((System.nanoTime() - start) / 1e6 / repeats / images.size());
        }
      }
    }
    List<Growth.Point> points = new ArrayList<>();
    for (int l = 0; l < lengths.length; l++) {
      points.add(new Growth.Point(lengths[l] + " tokens", lengths[l], values.get(l)));
    }
    String most = "the model takes at most " + lengths[lengths.length - 1] + " tokens";
    report.measured(row, points, images.size() + " pairs a text; " + most);
  }
}
