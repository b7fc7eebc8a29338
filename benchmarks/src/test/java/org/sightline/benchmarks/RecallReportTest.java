package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sightline.vectors.IndexKind;
import org.sightline.vectors.VectorIndex;

class RecallReportTest {

  @Test
  void rowsAreRelatedToTheSecond() {
    Map<RecallRow, RecallSize.Outcome> outcomes = new LinkedHashMap<>();
    List<RecallRow> rows = RecallRow.all();
    outcomes.put(rows.get(0), new RecallSize.Outcome(1, 1.0, List.of(8.0, 8.0)));
    outcomes.put(rows.get(1), new RecallSize.Outcome(0.98765, null, List.of(2.0, 4.0)));
    RecallReport report = new RecallReport();
    report.add(
        1000,
        128,
        outcomes,
        Map.of(IndexKind.BBQ_HNSW, new VectorIndex.Bytes(512000, 30000, 29000)));
    assertEquals(
        """
        | index | num_candidates | oversample | recall@10 / @100 of 1,000 |
        |---|---|---|---|
        | `flat` |  |  | 1.000 / 1.000 |
        | `hnsw` | 100 |  | 0.988 |""",
        report.recalls());
    assertEquals(
        """
        | index | num_candidates | oversample | p50 of 1,000 |
        |---|---|---|---|
        | `flat` |  |  | 3.00  (2.00 to 4.00)× |
        | `hnsw` | 100 |  | 3.0  (2.0 to 4.0) ms |""",
        report.times());
    assertEquals(
        "| `bbq_hnsw` | 512 | 30 | 29 | 59 | 94 | 571 | 606 |",
        report.sizes().lines().skip(2).findFirst().orElseThrow());
    assertEquals(
        "[2.0,4.0]", report.json(new ObjectMapper()).at("/0/rows/1/rounds_p50_ms").toString());
  }

  @Test
  void noWayToSearchIsThereTwice() {
    List<RecallRow> rows = RecallRow.all();
    assertEquals(rows.size(), rows.stream().distinct().count());
    assertEquals(IndexKind.FLAT, rows.get(0).kind());
    assertTrue(rows.contains(new RecallRow(IndexKind.BBQ_HNSW, 100, null)));
  }

  @Test
  void collectionsGrow() {
    assertEquals(List.of(1_000, 3_786, 10_000), RecallTable.sizes(3_786, 10_000));
    assertEquals(List.of(1_000, 3_786, 10_000, 100_000), RecallTable.sizes(3_786, 100_000));
    assertEquals(List.of(1_000, 2_000), RecallTable.sizes(3_786, 2_000));
    assertEquals(List.of(1_000, 10_000, 25_000), DocumentGrowth.sizes(25_000));
  }
}
