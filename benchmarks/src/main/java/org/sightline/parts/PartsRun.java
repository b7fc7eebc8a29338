package org.sightline.parts;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.sightline.benchmarks.Options;

/**
 * Measures the parts, each in a process of its own, and prints their table. A part that fails does
 * not keep the others from being measured; what JMH says of it is in {@code
 * benchmarks/target/parts}.
 */
public final class PartsRun {
  /** As JMH's profiler names what was allocated for each operation. */
  static final String ALLOCATED = "gc.alloc.rate.norm";

  private final Options options;
  private final Path logs;

  private PartsRun(Options options) {
    this.options = options;
    this.logs = options.checkout().resolve("benchmarks/target/parts");
  }

  /** Arguments: the checkout, then those of {@code benchmarks/run parts}. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parse(List.of(arguments), Parts.ids());
    } catch (IllegalArgumentException e) {
      err.println("benchmarks/run: " + e.getMessage());
      System.exit(2);
      return;
    }
    PartsTable table = new PartsRun(options).measure(err);
    out.print(table);
    System.exit(table.complete() ? 0 : 1);
  }

  private PartsTable measure(PrintStream progress) throws IOException {
    Files.createDirectories(logs);
    PartsTable table = new PartsTable();
    for (Parts part : Parts.values()) {
      if (options.wants(part.id())) {
        try {
          table.measured(part, cost(new Runner(settings(part)).run()));
        } catch (RunnerException | IllegalStateException e) {
          table.failed(part, e.getMessage() + ", see " + log(part).getFileName());
        }
        progress.println("# " + table.line(part));
      }
    }
    return table;
  }

  private Path log(Parts part) {
    return logs.resolve(part.id() + ".log");
  }

  private org.openjdk.jmh.runner.options.Options settings(Parts part) {
    boolean quick = options.quick();
    ChainedOptionsBuilder builder =
        new OptionsBuilder()
            .include("^" + Pattern.quote(part.owner().getName() + "." + part.method()) + "$")
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .threads(1)
            .forks(quick ? 1 : 2)
            .warmupIterations(quick ? 3 : 5)
            .warmupTime(TimeValue.milliseconds(quick ? 300 : 1000))
            .measurementIterations(5)
            .measurementTime(TimeValue.milliseconds(quick ? 300 : 1000))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .jvmArgsAppend(
                "-D" + Material.CHECKOUT + "=" + options.checkout().toAbsolutePath(),
                "-Djava.awt.headless=true")
            .output(log(part).toString());
    return builder.build();
  }

  /**
   * Time and allocation of the only result.
   *
   * @throws IllegalStateException where there is not exactly one, or nothing about allocation
   */
  static PartsTable.Cost cost(Collection<RunResult> results) {
    if (results.size() != 1) {
      throw new IllegalStateException("expected one result, got [" + results.size() + "]");
    }
    RunResult result = results.iterator().next();
    Result<?> time = result.getPrimaryResult();
    return new PartsTable.Cost(
        time.getScore(), time.getScoreError(), allocated(result.getSecondaryResults()));
  }

  @SuppressWarnings("rawtypes") // as JMH declares it
  private static double allocated(Map<String, Result> secondary) {
    Result<?> allocated = secondary.get(ALLOCATED);
    if (allocated == null) {
      throw new IllegalStateException(
          "expected [" + ALLOCATED + "] among the results, got " + secondary.keySet());
    }
    return allocated.getScore();
  }
}
