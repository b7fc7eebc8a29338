package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.sightline.benchmarks.Bench.UnavailableException;

/**
 * Measures rows part after part and prints a table: the goals, each with its rival in the same run,
 * or growth with documents and inference nodes. A part that goes wrong costs its own rows only.
 *
 * @param file file below {@code .cache/benchmarks} that receives every round
 * @param parts the parts in the order of the table
 */
public record Benchmarks(String file, List<Part> parts) {
  private static final String SCALING = "scaling";

  /** Keeps a copy of the parts. */
  public Benchmarks {
    parts = List.copyOf(parts);
  }

  static Benchmarks goals() {
    return new Benchmarks(
        "last.json",
        List.of(
            PhotoIngest.ofSmall(),
            PhotoIngest.ofLarge(),
            PhotoIngest.ofInt8(),
            new GalleryIngest(),
            new TextSearches(),
            new PairScores(),
            new Reranks(),
            new PhotoDecoding(),
            new TokenReads(),
            new MixedLoad(),
            new LongTexts()));
  }

  /** The second part ends the shared node and starts nodes of its own. */
  static Benchmarks scaling() {
    return new Benchmarks("scaling.json", List.of(new DocumentGrowth(), new NodeGrowth()));
  }

  /** Arguments: the checkout, then the arguments of {@code lab/benchmarks/run}. */
  public static void main(String[] arguments) throws IOException {
    Path checkout = Path.of(arguments[0]);
    boolean grows = arguments.length > 1 && arguments[1].equals(SCALING);
    List<String> options = List.of(arguments).subList(grows ? 2 : 1, arguments.length);
    Benchmarks table = grows ? scaling() : goals();
    System.exit(table.run(checkout, options, new Report()));
  }

  /**
   * Measures the rows that the options ask for.
   *
   * @param report an empty report
   * @return the exit status: 0 when every row was measured, 2 when an option is wrong
   */
  int run(Path checkout, List<String> arguments, Report report) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parse(checkout, arguments, ids(), file.startsWith(SCALING));
    } catch (IllegalArgumentException e) {
      err.println("lab/benchmarks/run: " + e.getMessage());
      return 2;
    }
    measure(options, err, report);
    out.println(report.table());
    write(options, report);
    return report.complete() ? 0 : 1;
  }

  private void write(Options options, Report report) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.createObjectNode().put("quick", options.quick());
    json.put("processors", Runtime.getRuntime().availableProcessors());
    json.put("complete", report.complete());
    json.set("rows", report.json(mapper));
    Path target = options.cache().resolve(file);
    Files.createDirectories(target.getParent());
    mapper.writerWithDefaultPrettyPrinter().writeValue(target.toFile(), json);
  }

  private Set<String> ids() {
    Set<String> ids = new LinkedHashSet<>();
    parts.forEach(part -> part.rows().forEach(row -> ids.add(row.id())));
    return ids;
  }

  private void measure(Options options, PrintStream progress, Report report) {
    List<Part> wanted =
        parts.stream().filter(part -> part.rows().stream().anyMatch(options::wants)).toList();
    Set<String> models = new TreeSet<>();
    for (Part part : wanted) {
      part.models().stream().filter(options::hasMade).forEach(models::add);
    }
    try (Bench bench = new Bench(options, models, progress)) {
      for (Part part : wanted) {
        long start = System.nanoTime();
        measure(part, bench, report);
        bench.say(String.format(Locale.ROOT, "took %.0f s", (System.nanoTime() - start) / 1e9));
      }
    }
  }

  private static void measure(Part part, Bench bench, Report report) {
    List<Row> rows = part.rows().stream().filter(bench::wants).toList();
    bench.say("measuring " + rows.stream().map(Row::id).toList());
    Throwable failure = new IllegalStateException("the row was not measured");
    try {
      part.run(bench, report);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = e;
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      failure = e;
    }
    for (Row row : rows) {
      if (report.entry(row) == null && failure instanceof UnavailableException) {
        report.notMeasured(row, failure.getMessage());
      } else if (report.entry(row) == null) {
        report.failed(row, failure);
      }
      bench.say(row.id() + ": " + report.entry(row).value() + "; " + report.entry(row).note());
    }
  }
}
