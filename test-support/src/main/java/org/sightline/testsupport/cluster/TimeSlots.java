package org.sightline.testsupport.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Lets processes run in turns, each for the same part of every tenth of a second and stopped
 * (SIGSTOP) for the rest: to those who ask them, real programs on a device of fixed speed. Their
 * turns do not overlap, so that a machine with few processors can hold several such devices.
 *
 * <p>Closing lets them all run again, and so does the end of this process, however it ends: the
 * shell that sends the signals waits on its input between them.
 */
public final class TimeSlots implements AutoCloseable {
  private static final int PERIOD_MILLIS = 100;
  private static final String SCRIPT =
      """
      run=$1 rest=$2
      shift 2
      pids=("$@")
      trap 'kill -CONT "${pids[@]}" 2>/dev/null' EXIT
      pause() {
        read -rt "$1"
        [ $? -gt 128 ] || exit 0
      }
      kill -STOP "${pids[@]}"
      while :; do
        for pid in "${pids[@]}"; do
          kill -CONT "$pid"
          pause "$run"
          kill -STOP "$pid"
        done
        pause "$rest"
      done
      """;

  private final Process shell;

  /**
   * Begins.
   *
   * @param percent of the time that each process runs; all together at most 99
   */
  public TimeSlots(List<Long> pids, int percent) throws IOException {
    shell =
        new ProcessBuilder(command(pids, percent))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /** The command line of the shell: how long each runs and all rest, in seconds, then the ids. */
  static List<String> command(List<Long> pids, int percent) {
    int together = percent * pids.size();
    if (pids.isEmpty() || percent < 1 || together > 99) {
      throw new IllegalArgumentException(
          pids.size() + " processes with " + percent + " % each: allowed are 1 to 99 % together");
    }
    List<String> command = new ArrayList<>(List.of("bash", "-c", SCRIPT, "time-slots"));
    command.add(seconds(PERIOD_MILLIS * percent / 100));
    command.add(seconds(PERIOD_MILLIS * (100 - together) / 100));
    pids.forEach(pid -> command.add(Long.toString(pid)));
    return command;
  }

  private static String seconds(int millis) {
    return String.format(Locale.ROOT, "%.3f", millis / 1e3);
  }

  @Override
  public void close() {
    try {
      shell.getOutputStream().close();
      if (shell.waitFor(10, TimeUnit.SECONDS) == false) {
        throw new IllegalStateException("the shell that gives turns does not end");
      }
    } catch (IOException e) {
      throw new IllegalStateException("the shell that gives turns cannot be told to end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while turns ended", e);
    }
  }
}
