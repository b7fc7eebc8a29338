package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.benchmarks.Bench.UnavailableException;
import org.sightline.benchmarks.Row.Goal;

class BenchmarksTest {
  private static final Row FIRST = row("first");
  private static final Row SECOND = row("second");
  private static final Row THIRD = row("third");
  private static final Row FORGOTTEN = row("forgotten");

  @TempDir Path checkout;

  private static Row row(String id) {
    return new Row(id, "a row", "another", Goal.ratioOfAtLeast(2));
  }

  private interface Work {
    void run(Report report) throws Exception;
  }

  private static Part part(List<Row> rows, Work work) {
    return new Part() {
      @Override
      public List<Row> rows() {
        return rows;
      }

      @Override
      public void run(Bench bench, Report report) throws Exception {
        work.run(report);
      }
    };
  }

  @Test
  void everyPartSaysItsModelsAndItsRows() {
    for (Benchmarks table : List.of(Benchmarks.goals(), Benchmarks.scaling())) {
      List<String> ids =
          table.parts().stream()
              .peek(Part::models)
              .flatMap(part -> part.rows().stream())
              .map(Row::id)
              .toList();
      assertEquals(ids, ids.stream().distinct().toList());
    }
  }

  private int run(Report report, String... options) throws IOException {
    List<Part> parts =
        List.of(
            part(
                List.of(FIRST),
                told -> {
                  throw new IOException("a disk went away");
                }),
            part(List.of(SECOND, FORGOTTEN), told -> told.measured(SECOND, List.of(3.0), "a note")),
            part(
                List.of(THIRD),
                told -> {
                  throw new UnavailableException("no Python");
                }));
    return new Benchmarks("last.json", parts).run(checkout, List.of(options), report);
  }

  @Test
  void aPartThatGoesWrongCostsNoOther() throws IOException {
    Report report = new Report();
    assertEquals(1, run(report));
    assertEquals(Report.State.FAILED, report.entry(FIRST).state());
    assertEquals("java.io.IOException: a disk went away", report.entry(FIRST).note());
    assertEquals(Report.State.PASS, report.entry(SECOND).state());
    assertEquals(Report.State.FAILED, report.entry(FORGOTTEN).state());
    assertEquals(Report.State.NOT_MEASURED, report.entry(THIRD).state());
    JsonNode json =
        new ObjectMapper().readTree(checkout.resolve(".cache/benchmarks/last.json").toFile());
    assertEquals("[3.0]", json.at("/rows/second/points/0/rounds").toString());
    assertTrue(json.required("complete").asBoolean() == false);
  }

  @Test
  void onlyWhatIsAskedForIsMeasured() throws IOException {
    Report report = new Report();
    assertEquals(0, run(report, "--only", "second"));
    assertTrue(report.entry(FIRST) == null);
    assertTrue(report.entry(FORGOTTEN) == null);
  }

  @Test
  void rowsThatThereAreNotAreRefused() throws IOException {
    Report report = new Report();
    assertEquals(2, run(report, "--only", "fourth"));
    assertTrue(report.entry(SECOND) == null);
  }
}
