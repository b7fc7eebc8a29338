package org.sightline.runtime.limits;

import org.sightline.runtime.onnx.SessionSettings;

/**
 * How the threads of the CPU are divided among concurrent runs of one graph for images or pairs.
 * Together the runs take no more inputs than one largest batch, so that memory stays the same. A
 * run of fewer than four images is slow, so more threads make runs faster before they make batches
 * smaller.
 *
 * @param runs concurrent runs
 * @param threads threads of each run
 * @param batch largest number of inputs of each run
 */
public record RunSizes(int runs, int threads, int batch) {
  public static final int SMALLEST_BATCH = 4;

  /** Larger batches were not faster on a CPU. */
  private static final int LARGEST_BATCH = 8;

  /** Sizes of runs whose inputs come in large numbers. */
  public static RunSizes of(SessionSettings settings, int maxBatch) {
    int mostRuns = Math.max(1, maxBatch / SMALLEST_BATCH);
    int threads =
        Math.max(settings.threadsPerAllocation(), (settings.threads() + mostRuns - 1) / mostRuns);
    int runs = settings.threads() / threads;
    return new RunSizes(runs, threads, batch(maxBatch, runs));
  }

  /**
   * Inputs of each run where memory allows fewer than the largest batch.
   *
   * @param most inputs of all runs together
   */
  public RunSizes within(int most) {
    return new RunSizes(runs, threads, Math.min(batch, batch(most, runs)));
  }

  private static int batch(int most, int runs) {
    return runs == 1 ? most : Math.clamp(most / runs, 1, LARGEST_BATCH);
  }
}
