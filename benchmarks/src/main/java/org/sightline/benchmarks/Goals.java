package org.sightline.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The table of goals: every row with its rival in the same run. What goes wrong in a part is said
 * in its rows, and the others are measured all the same.
 */
public final class Goals {
  private static final List<Part> PARTS =
      List.of(
          new PhotoIngest(),
          new LargePhotoIngest(),
          new Int8Ingest(),
          new GalleryIngest(),
          new TextSearches(),
          new PairScores(),
          new Reranks(),
          new Decoding(),
          new TokenReads());

  private Goals() {}

  /** Arguments: the checkout, then those of {@code benchmarks/run}. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parse(List.of(arguments), ids());
    } catch (IllegalArgumentException e) {
      err.println("benchmarks/run: " + e.getMessage());
      System.exit(2);
      return;
    }
    Report report = run(options, err);
    out.println(report.table());
    new Rounds(options, "last.json").complete(report.complete()).write("rows", report::json);
    System.exit(report.complete() ? 0 : 1);
  }

  private static Set<String> ids() {
    Set<String> ids = new LinkedHashSet<>();
    PARTS.forEach(part -> part.rows().forEach(row -> ids.add(row.id())));
    return ids;
  }

  private static Report run(Options options, PrintStream progress) {
    List<Part> wanted =
        PARTS.stream()
            .filter(part -> part.rows().stream().anyMatch(row -> options.wants(row.id())))
            .toList();
    Set<String> models = new TreeSet<>();
    wanted.forEach(part -> models.addAll(part.models()));
    Report report = new Report();
    try (Bench bench = new Bench(options, models, progress)) {
      for (Part part : wanted) {
        List<Row> rows = part.rows().stream().filter(bench::wants).toList();
        long start = System.nanoTime();
        bench.say("measuring " + rows.stream().map(Row::id).toList());
        measure(part, rows, bench, report);
        bench.say(String.format(Locale.ROOT, "took %.0f s", (System.nanoTime() - start) / 1e9));
      }
    }
    return report;
  }

  private static void measure(Part part, List<Row> rows, Bench bench, Report report) {
    Attempt attempt = Attempt.of(() -> part.run(bench, report));
    for (Row row : rows) {
      if (report.knows(row) == false) {
        attempt.tell(
            reason -> report.notMeasured(row, reason), failure -> report.failed(row, failure));
      }
      bench.say(row.id() + ": " + report.entry(row).value() + "; " + report.entry(row).note());
    }
  }
}
