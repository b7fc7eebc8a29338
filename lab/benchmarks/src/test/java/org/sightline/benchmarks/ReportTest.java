package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.benchmarks.Row.Goal;

class ReportTest {
  private static final Row FASTER = new Row("faster", "ours", "theirs", Goal.ratioOfAtLeast(1.05));
  private static final Row SHORTER = new Row("shorter", "a search", "its parts", millis());

  private static Goal millis() {
    return Goal.millisAtMost(3);
  }

  @Test
  void theMedianDecides() {
    Report report = new Report();
    report.measured(FASTER, List.of(0.5, 1.05, 9.0), "a note");
    report.measured(SHORTER, List.of(2.0, 3.5, 3.25), "");
    assertEquals(
        """
        | row | measured | over | median (min to max) | goal | |
        |---|---|---|---|---|---|
        | faster | ours | theirs | 1.05  (0.50 to 9.00)× | ≥ 1.05× | pass |
        | shorter | a search | its parts | 3.25  (2.00 to 3.50) ms | ≤ 3 ms | **missed** |

        - faster: a note
        - shorter:\s""",
        report.table());
    assertTrue(report.complete(), "a missed goal is a measured row");
  }

  @Test
  void whatElseMustHoldDecidesToo() {
    Report report = new Report();
    report.measured(FASTER, List.of(2.0), false, "scores differ");
    assertEquals(Report.State.MISSED, report.entry(FASTER).state());
  }

  @Test
  void rowsThatCouldNotBeMeasuredSayWhy() {
    Report report = new Report();
    report.failed(FASTER, new IllegalStateException("the node went away"));
    assertFalse(report.complete());
    assertEquals("failed", report.entry(FASTER).value());
    assertTrue(report.table().contains("faster: java.lang.IllegalStateException: the node went"));
    report = new Report();
    report.notMeasured(SHORTER, "no Python");
    assertFalse(report.complete());
    assertTrue(report.table().contains("| not measured | ≤ 3 ms |  |"), report.table());
    assertTrue(report.table().contains("shorter: no Python"), report.table());
  }

  @Test
  void everyRoundIsInTheJson() {
    Report report = new Report();
    report.measured(FASTER, List.of(1.0, 3.0), "a note");
    JsonNode row = report.json(new ObjectMapper()).required("faster");
    assertEquals("[1.0,3.0]", row.at("/points/0/rounds").toString());
    assertEquals(2.0, row.at("/points/0/median").asDouble());
    assertEquals("pass", row.required("state").asText());
    assertEquals("≥ 1.05×", row.required("goal").asText());
  }

  private static final Row WINDOWS = Row.growth("windows", "a rerank", " ms", 1);
  private static final Row NODES = Row.growth("nodes", "ingest", "/s", 2);

  @Test
  void aDoublingOfWhatGrowsInProportionIsTwo() {
    Report.Point first = new Report.Point("1", 10, List.of(3.0));
    assertEquals(2, new Report.Point("2", 80, List.of(24.0)).aDoubling(first).get(0), 1e-9);
    assertEquals(1, new Report.Point("2", 80, List.of(3.0)).aDoubling(first).get(0), 1e-9);
    // three nodes that do 2.54 times as much: 1.8 a doubling
    assertEquals(1.8, new Report.Point("3", 30, List.of(7.615)).aDoubling(first).get(0), 1e-3);
  }

  @Test
  void growthIsShownRoundByRound() {
    Report report = new Report();
    report.grown(
        WINDOWS,
        List.of(
            new Report.Point("10 candidates", 10, List.of(1.0, 2.0, 4.0)),
            new Report.Point("20 candidates", 20, List.of(2.0, 3.0, 8.0))),
        "a note");
    report.notMeasured(NODES, "no Python");
    assertEquals(
        """
        | row | measured | at | median (min to max) | over the first | each doubling |
        |---|---|---|---|---|---|
        | windows | a rerank | 10 candidates | 2.0  (1.0 to 4.0) ms | 1 |  |
        |  |  | 20 candidates | 3.0  (2.0 to 8.0) ms | 2.00  (1.50 to 2.00)× | \
        2.00  (1.50 to 2.00)× |
        | nodes | ingest |  | not measured |  |  |

        - windows: a note
        - nodes: no Python""",
        report.table());
    assertFalse(report.complete());
    assertEquals(
        "[2.0,3.0,8.0]", report.json(new ObjectMapper()).at("/windows/points/1/rounds").toString());
  }
}
