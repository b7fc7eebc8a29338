package org.sightline.runtime.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The runs of a model's graphs that are under way. A graph may have a loop without an end; a run
 * that is ended fails before its next operation. Thread-safe.
 */
public final class Runs {
  /** When each began, by {@link System#nanoTime()}. */
  private final Map<RunOptions, Long> underWay = new ConcurrentHashMap<>();

  private volatile boolean ended;

  /** The session ends the run by {@link #end(RunOptions)}, on the same thread. */
  RunOptions begin() throws OrtException {
    RunOptions run = new RunOptions();
    underWay.put(run, System.nanoTime());
    if (ended) {
      stop(run);
    }
    return run;
  }

  /** Also when the run failed. */
  void end(RunOptions run) {
    underWay.computeIfPresent(
        run,
        (same, began) -> {
          run.close();
          return null;
        });
  }

  /** Under the lock of its entry, so that options that are closed are told nothing. */
  private void stop(RunOptions run) {
    underWay.computeIfPresent(
        run,
        (same, began) -> {
          try {
            run.setTerminate(true);
          } catch (OrtException e) {
            throw new IllegalStateException("a run cannot be ended", e);
          }
          return began;
        });
  }

  /** Ends all runs, also those that begin later. */
  public void endAll() {
    ended = true;
    underWay.keySet().forEach(this::stop);
  }

  /** Ends the runs that have taken longer: no request waits for them any more. */
  public void endLongerThan(Duration time) {
    long now = System.nanoTime();
    underWay.forEach(
        (run, began) -> {
          if (now - began > time.toNanos()) {
            stop(run);
          }
        });
  }
}
