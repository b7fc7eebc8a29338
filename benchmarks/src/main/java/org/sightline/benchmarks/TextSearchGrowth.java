package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sightline.runtime.bundle.Bundle;

/** Searches by longer and longer texts, each one new to the cluster. */
final class TextSearchGrowth implements GrowthPart {
  private static final int[] LENGTHS = {6, 12, 35, 77};
  private static final int DOCUMENTS = 2_000;

  private final Growth row =
      new Growth("search-text", "text→image search, CLIP B/32, p50", "ms", 1);

  @Override
  public List<Growth> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return Set.of(TextSearches.MODEL);
  }

  @Override
  public void run(Bench bench, GrowthReport report) throws Exception {
    Bundle bundle = Bundle.read(bench.bundle(TextSearches.MODEL));
    BenchNode node = bench.node();
    TextSearches.fill(node, DOCUMENTS);
    node.load(TextSearches.MODEL);
    int asked = bench.quick() ? 20 : 60;
    List<List<Double>> values = new ArrayList<>();
    for (int ignored : LENGTHS) {
      values.add(new ArrayList<>());
    }
    try (TextIds ids = new TextIds(bundle)) {
      TextOfLength texts = new TextOfLength(text -> ids.of(text).length);
      for (int round = -1; round < bench.rounds(); round++) { // the first one warms up
        for (int l = 0; l < LENGTHS.length; l++) {
          List<Double> millis = new ArrayList<>();
          for (int i = 0; i < asked; i++) {
            String text = texts.text(LENGTHS[l], (round + 1) * asked + i);
            millis.add(TextSearches.millisByText(node.http(), text));
          }
          if (round >= 0) {
            values.get(l).add(Spread.of(millis).median());
          }
        }
      }
    }
    List<Growth.Point> points = new ArrayList<>();
    for (int l = 0; l < LENGTHS.length; l++) {
      points.add(new Growth.Point(LENGTHS[l] + " tokens", LENGTHS[l], values.get(l)));
    }
    report.measured(row, points, DOCUMENTS + " vectors, " + asked + " new texts a round");
  }
}
