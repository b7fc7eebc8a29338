package org.sightline.cli;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.sightline.cli.download.Pause;

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
}
