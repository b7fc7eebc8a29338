package org.sightline.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.sightline.cli.web.BarProgress;
import org.sightline.cli.web.LineProgress;
import org.sightline.cli.web.Pause;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.Tries;

/**
 * What a command finds around it.
 *
 * @param environment variables
 * @param terminal whether the standard error is one
 * @param patience how long nothing may come from a server
 * @param pause waits between two tries
 * @param clock the time of day
 */
record Surroundings(
    Map<String, String> environment,
    boolean terminal,
    Duration patience,
    Pause pause,
    InstantSource clock) {

  /** Those of this process; the script that starts it knows whether it has a terminal. */
  static Surroundings real() {
    return new Surroundings(
        System.getenv(),
        Boolean.getBoolean("sightline.terminal"),
        Duration.ofMinutes(1),
        Pause.real(),
        InstantSource.system());
  }

  /**
   * How a server is asked again.
   *
   * @param out where to print how far it is: a bar on a terminal, otherwise a line a file
   * @param done what happens to the files, for messages: {@code fetched}, {@code sent}
   */
  Tries tries(PrintStream out, String done) {
    Progress progress = terminal ? new BarProgress(out, System::nanoTime) : new LineProgress(out);
    return new Tries(pause, clock, progress, done);
  }
}
