package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrowthReportTest {
  private static final Growth ROW = new Growth("windows", "a rerank", "ms", 1);
  private static final Growth OTHER = new Growth("nodes", "ingest", "/s", 2);

  @Test
  void aDoublingOfWhatGrowsInProportionIsTwo() {
    Growth.Point first = new Growth.Point("1", 10, List.of(3.0));
    assertEquals(2, new Growth.Point("2", 80, List.of(24.0)).aDoubling(first).get(0), 1e-9);
    assertEquals(1, new Growth.Point("2", 80, List.of(3.0)).aDoubling(first).get(0), 1e-9);
    // three nodes that do 2.54 times as much: 1.8 a doubling
    assertEquals(1.8, new Growth.Point("3", 30, List.of(7.615)).aDoubling(first).get(0), 1e-3);
  }

  @Test
  void ratiosAreTakenRoundByRound() {
    GrowthReport report = new GrowthReport();
    report.measured(
        ROW,
        List.of(
            new Growth.Point("10 candidates", 10, List.of(1.0, 2.0, 4.0)),
            new Growth.Point("20 candidates", 20, List.of(2.0, 3.0, 8.0))),
        "a note");
    report.notMeasured(OTHER, "no Python");
    assertEquals(
        """
        | row | measured | at | median (min to max) | over the first | each doubling |
        |---|---|---|---|---|---|
        | windows | a rerank | 10 candidates | 2.0  (1.0 to 4.0) ms | 1 |  |
        |  |  | 20 candidates | 3.0  (2.0 to 8.0) ms | 2.00  (1.50 to 2.00)× | \
        2.00  (1.50 to 2.00)× |
        | nodes | ingest | | not measured | | |

        - windows: a note
        - nodes: not measured: no Python""",
        report.table());
    assertFalse(report.complete());
    assertTrue(report.knows(OTHER));
    assertEquals(
        "[2.0,3.0,8.0]", report.json(new ObjectMapper()).at("/windows/points/1/rounds").toString());
  }

  @Test
  void whatWentWrongIsNotWhatWasNotThere() {
    GrowthReport report = new GrowthReport();
    report.failed(OTHER, new IllegalStateException("the node went away"));
    assertFalse(report.complete());
    assertTrue(report.table().contains("| nodes | ingest | | failed | | |"), report.table());
    String line = "failed: java.lang.IllegalStateException: the node went away";
    assertEquals(line, report.line(OTHER));
    assertTrue(report.table().contains("- nodes: " + line), report.table());
  }
}
