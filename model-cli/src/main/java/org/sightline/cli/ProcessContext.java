package org.sightline.cli;

import java.io.PrintStream;
import java.net.ProxySelector;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.sightline.cli.web.BarProgress;
import org.sightline.cli.web.LineProgress;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.Proxies;
import org.sightline.cli.web.Retries;

/**
 * What a command takes from its process.
 *
 * @param environment variables
 * @param terminal whether the standard error is one
 * @param patience how long a server may send nothing
 * @param sleeper waits between two attempts
 * @param clock the time of day
 */
record ProcessContext(
    Map<String, String> environment,
    boolean terminal,
    Duration patience,
    Retries.Sleeper sleeper,
    InstantSource clock) {

  /** The context of this process; the script that starts it knows whether it has a terminal. */
  static ProcessContext real() {
    return new ProcessContext(
        System.getenv(),
        Boolean.getBoolean("sightline.terminal"),
        Duration.ofMinutes(1),
        Retries.Sleeper.real(),
        InstantSource.system());
  }

  /** The proxies that Java's properties name. */
  Proxies proxies() {
    return new Proxies(ProxySelector.getDefault(), environment);
  }

  /**
   * How requests are repeated.
   *
   * @param out where to print the progress: a bar on a terminal, otherwise a line for each file
   */
  Retries retries(PrintStream out) {
    Progress progress = terminal ? new BarProgress(out, System::nanoTime) : new LineProgress(out);
    return new Retries(sleeper, clock, progress);
  }
}
