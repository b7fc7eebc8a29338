package org.sightline.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Processor time that some processes take for pictures, which neighbours on the machine disturb
 * less than the time on the clock. For use by one thread.
 */
final class ProcessorTime {
  private final List<ProcessHandle> processes;
  private final int pictures;
  private final List<Double> millis = new ArrayList<>();

  /**
   * @param pictures of each thing that is measured
   * @param pids of the processes, all of which run
   */
  ProcessorTime(int pictures, long... pids) {
    this.pictures = pictures;
    this.processes = new ArrayList<>();
    for (long pid : pids) {
      processes.add(ProcessHandle.of(pid).orElseThrow());
    }
  }

  /** Does something with the pictures, and gives what it gives. */
  double of(DoubleSupplier work) {
    double before = seconds();
    double result = work.getAsDouble();
    millis.add(1000 * (seconds() - before) / pictures);
    return result;
  }

  /** Milliseconds a picture; 0 where the system does not tell. */
  double median() {
    return Spread.of(millis).median();
  }

  private double seconds() {
    return processes.stream()
            .mapToLong(process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos())
            .sum()
        / 1e9;
  }
}
