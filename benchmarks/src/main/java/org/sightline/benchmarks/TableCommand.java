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
 * A command that measures rows part after part and prints a table of them. What goes wrong in a
 * part is said in its rows, and the others are measured all the same.
 *
 * @param name as it is typed
 * @param file receives every round, see {@link Rounds}
 * @param <R> its rows
 * @param <O> what its parts tell
 */
record TableCommand<R extends Measured, O extends Outcome<R>>(
    String name, String file, List<? extends MeasuringPart<R, O>> parts) {

  /** How arguments are read: the checkout, then the options that the ids of rows go with. */
  @FunctionalInterface
  interface Parser {
    Options parse(List<String> arguments, Set<String> ids);
  }

  /**
   * Measures what the arguments ask for.
   *
   * @param report empty
   * @return the exit status: 0 when every row was measured, 2 when arguments are wrong
   */
  int run(String[] arguments, Parser parser, O report) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = parser.parse(List.of(arguments), ids());
    } catch (IllegalArgumentException e) {
      err.println(name + ": " + e.getMessage());
      return 2;
    }
    measure(options, err, report);
    out.println(report.table());
    new Rounds(options, file).complete(report.complete()).write("rows", report::json);
    return report.complete() ? 0 : 1;
  }

  private Set<String> ids() {
    Set<String> ids = new LinkedHashSet<>();
    parts.forEach(part -> part.rows().forEach(row -> ids.add(row.id())));
    return ids;
  }

  private void measure(Options options, PrintStream progress, O report) {
    List<? extends MeasuringPart<R, O>> wanted =
        parts.stream()
            .filter(part -> part.rows().stream().anyMatch(row -> options.wants(row.id())))
            .toList();
    Set<String> models = new TreeSet<>();
    for (MeasuringPart<R, O> part : wanted) {
      part.models().stream()
          .filter(model -> Bench.isThere(options.checkout(), model))
          .forEach(models::add);
    }
    try (Bench bench = new Bench(options, models, progress)) {
      for (MeasuringPart<R, O> part : wanted) {
        long start = System.nanoTime();
        measure(part, bench, report);
        bench.say(String.format(Locale.ROOT, "took %.0f s", (System.nanoTime() - start) / 1e9));
      }
    }
  }

  private void measure(MeasuringPart<R, O> part, Bench bench, O report) {
    List<R> rows = part.rows().stream().filter(row -> bench.wants(row.id())).toList();
    bench.say("measuring " + rows.stream().map(Measured::id).toList());
    Attempt attempt = Attempt.of(() -> part.run(bench, report));
    for (R row : rows) {
      if (report.knows(row) == false) {
        attempt.tell(
            reason -> report.notMeasured(row, reason), failure -> report.failed(row, failure));
      }
      bench.say(row.id() + ": " + report.line(row));
    }
  }
}
