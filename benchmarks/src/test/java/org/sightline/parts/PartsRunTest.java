package org.sightline.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

class PartsRunTest {
  static {
    // another measurement on this machine is no reason for a test of numbers' names to fail
    System.setProperty("jmh.ignoreLock", "true");
  }

  @TempDir private Path folder;

  /** A short run in this process. */
  private Collection<RunResult> run(Parts part, boolean profiled) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + part.owner().getName() + "." + part.method() + "$")
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(100))
            .output(folder.resolve("log").toString());
    if (profiled) {
      options.addProfiler(GCProfiler.class);
    }
    return new Runner(options.build()).run();
  }

  @Test
  void timeAndAllocationAreThoseOfOneOperation() throws RunnerException {
    PartsTable.Cost cost = PartsRun.cost(run(Parts.NORMALISE, true));
    int vector = 512 * Float.BYTES;
    assertTrue(cost.bytes() >= vector && cost.bytes() < 3 * vector, cost.toString());
    assertTrue(cost.nanos() > 10 && cost.nanos() < 100e6, cost.toString());
    assertTrue(Double.isNaN(cost.error()), "one round has no spread: " + cost);
  }

  @Test
  void withoutTheProfilerThatIsSaid() throws RunnerException {
    Collection<RunResult> results = run(Parts.DOT, false);
    assertEquals(
        "expected [gc.alloc.rate.norm] among the results, got []",
        assertThrows(IllegalStateException.class, () -> PartsRun.cost(results)).getMessage());
  }

  @Test
  void aPartHasOneResult() {
    assertEquals(
        "expected one result, got [0]",
        assertThrows(IllegalStateException.class, () -> PartsRun.cost(List.of())).getMessage());
  }
}
