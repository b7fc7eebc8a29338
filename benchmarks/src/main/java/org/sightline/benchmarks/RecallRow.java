package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.sightline.vectors.IndexKind;

/**
 * One way to search: an index and what the search asks of it.
 *
 * @param candidates {@code num_candidates}
 * @param oversample of {@code rescore_vector}; null for the field's own
 */
record RecallRow(IndexKind kind, int candidates, Double oversample) {
  private static final List<Integer> CANDIDATES = List.of(50, 100, 200);

  /** What {@code bbq_hnsw} does by itself is 3. */
  private static final List<Double> OVERSAMPLES = List.of(0.0, 2.0, 5.0, 10.0, 20.0);

  /** All that are measured. The exact one is first, the second is the one others are related to. */
  static List<RecallRow> all() {
    List<RecallRow> rows = new ArrayList<>();
    rows.add(new RecallRow(IndexKind.FLAT, 100, null));
    rows.add(new RecallRow(IndexKind.HNSW, 100, null));
    for (IndexKind kind : List.of(IndexKind.HNSW, IndexKind.INT8_HNSW, IndexKind.INT4_HNSW)) {
      CANDIDATES.stream()
          .map(candidates -> new RecallRow(kind, candidates, null))
          .filter(row -> rows.contains(row) == false)
          .forEach(rows::add);
    }
    rows.add(new RecallRow(IndexKind.INT8_HNSW, 100, 2.0));
    rows.add(new RecallRow(IndexKind.INT4_HNSW, 100, 3.0));
    for (int candidates : CANDIDATES) {
      rows.add(new RecallRow(IndexKind.BBQ_HNSW, candidates, null));
    }
    OVERSAMPLES.forEach(times -> rows.add(new RecallRow(IndexKind.BBQ_HNSW, 100, times)));
    return rows;
  }

  /** As in the table. */
  String oversampleText() {
    if (oversample != null) {
      return oversample == 0 ? "none" : Long.toString(Math.round(oversample));
    }
    return kind == IndexKind.BBQ_HNSW ? "3 (its own)" : kind.quantised() ? "none" : "";
  }
}
