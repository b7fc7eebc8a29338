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
 * How cost grows: with the rank window, the length of a text, the documents of an index, the
 * inference nodes and the pictures in flight. Each value also as a ratio to the smallest size in
 * the same round.
 */
public final class Scaling {
  private static final List<GrowthPart> PARTS =
      List.of(
          RerankGrowth.ofBundled(),
          RerankGrowth.ofRealSize(),
          MatchGrowth.ofBundled(),
          MatchGrowth.ofRealSize(),
          new TextSearchGrowth(),
          new DocumentGrowth(),
          // these end the shared node and start their own
          new MemoryGrowth(),
          new NodeGrowth());

  private Scaling() {}

  /** Arguments: the checkout, then those of {@code benchmarks/run scaling}. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parseWithDocuments(List.of(arguments), ids());
    } catch (IllegalArgumentException e) {
      err.println("benchmarks/run scaling: " + e.getMessage());
      System.exit(2);
      return;
    }
    GrowthReport report = run(options, err);
    out.println(report.table());
    new Rounds(options, "scaling.json").complete(report.complete()).write("rows", report::json);
    System.exit(report.complete() ? 0 : 1);
  }

  private static Set<String> ids() {
    Set<String> ids = new LinkedHashSet<>();
    PARTS.forEach(part -> part.rows().forEach(row -> ids.add(row.id())));
    return ids;
  }

  private static GrowthReport run(Options options, PrintStream progress) {
    List<GrowthPart> wanted =
        PARTS.stream()
            .filter(part -> part.rows().stream().anyMatch(row -> options.wants(row.id())))
            .toList();
    Set<String> models = new TreeSet<>();
    for (GrowthPart part : wanted) {
      part.models().stream()
          .filter(model -> Bench.isThere(options.checkout(), model))
          .forEach(models::add);
    }
    GrowthReport report = new GrowthReport();
    try (Bench bench = new Bench(options, models, progress)) {
      for (GrowthPart part : wanted) {
        List<Growth> rows = part.rows().stream().filter(row -> bench.wants(row.id())).toList();
        bench.say("measuring " + rows.stream().map(Growth::id).toList());
        long start = System.nanoTime();
        Attempt attempt = Attempt.of(() -> part.run(bench, report));
        for (Growth row : rows) {
          if (report.knows(row) == false) {
            attempt.tell(
                reason -> report.notMeasured(row, reason),
                failure -> report.notMeasured(row, failure.toString()));
          }
          bench.say(row.id() + ": " + report.note(row));
        }
        bench.say(String.format(Locale.ROOT, "took %.0f s", (System.nanoTime() - start) / 1e9));
      }
    }
    return report;
  }
}
