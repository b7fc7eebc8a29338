package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.vectors.IndexKind;
import org.sightline.vectors.Recall;
import org.sightline.vectors.VectorIndex;
import org.sightline.vectors.Vectors;

/** Recall, time and size of every index of one collection. */
final class RecallSize implements AutoCloseable {
  private static final int FEW = 10;
  private static final int MANY = 100;

  /**
   * What came of one way to search.
   *
   * @param at10 mean recall at 10
   * @param at100 likewise; null where fewer candidates than that are looked at
   * @param p50 milliseconds seen from the client, ten hits, a median a round
   */
  record Outcome(double at10, Double at100, List<Double> p50) {
    Outcome {
      p50 = List.copyOf(p50);
    }
  }

  private final Vectors vectors;
  private final List<float[]> queries = new ArrayList<>();
  private final List<Recall> exact;
  private final Map<IndexKind, VectorIndex> indices = new EnumMap<>(IndexKind.class);
  private final Map<IndexKind, VectorIndex.Bytes> bytes = new EnumMap<>(IndexKind.class);
  private final Map<RecallRow, Outcome> outcomes = new LinkedHashMap<>();

  /** Fills an index of each kind, and computes what is really nearest. */
  RecallSize(HttpJson node, Vectors vectors, Vectors queries) {
    this.vectors = vectors;
    for (int i = 0; i < queries.size(); i++) {
      this.queries.add(queries.get(i));
    }
    exact = this.queries.parallelStream().map(query -> new Recall(vectors, query, MANY)).toList();
    for (IndexKind kind : IndexKind.values()) {
      String name = String.format(Locale.ROOT, "recall-%d-%s", vectors.size(), kind.id());
      indices.put(kind, new VectorIndex(node, name, kind));
    }
    VectorIndex.fill(List.copyOf(indices.values()), vectors);
    indices.forEach((kind, index) -> bytes.put(kind, index.bytes()));
  }

  int vectors() {
    return vectors.size();
  }

  int dimensions() {
    return vectors.dimensions();
  }

  Map<IndexKind, VectorIndex.Bytes> bytes() {
    return bytes;
  }

  Map<RecallRow, Outcome> outcomes() {
    return outcomes;
  }

  /** Asks every query of every row in each round, and once for a hundred hits. */
  void measure(int rounds) {
    Map<RecallRow, List<Double>> times = new LinkedHashMap<>();
    Map<RecallRow, Double> recalls = new LinkedHashMap<>();
    for (int round = -1; round < rounds; round++) { // the first one warms up
      for (RecallRow row : RecallRow.all()) {
        List<Double> millis = new ArrayList<>();
        double recall = mean(row, FEW, millis);
        if (round >= 0) {
          recalls.put(row, recall);
          times.computeIfAbsent(row, any -> new ArrayList<>()).add(Spread.of(millis).median());
        }
      }
    }
    for (RecallRow row : RecallRow.all()) {
      Double many = row.candidates() < MANY ? null : mean(row, MANY, new ArrayList<>());
      outcomes.put(row, new Outcome(recalls.get(row), many, times.get(row)));
    }
    double control = outcomes.get(RecallRow.all().get(0)).at10();
    if (control < 1) { // else the driver and the node do not speak of the same vectors
      throw new IllegalStateException("the exact index has a recall of " + control);
    }
  }

  private double mean(RecallRow row, int k, List<Double> millis) {
    VectorIndex index = indices.get(row.kind());
    return IntStream.range(0, queries.size())
        .mapToDouble(
            i -> {
              VectorIndex.Found found =
                  index.knn(queries.get(i), k, row.candidates(), row.oversample());
              millis.add(found.millis());
              return exact.get(i).at(k, found.numbers());
            })
        .average()
        .orElseThrow();
  }

  /** Removes the indices. */
  @Override
  public void close() {
    indices.values().forEach(VectorIndex::delete);
  }
}
