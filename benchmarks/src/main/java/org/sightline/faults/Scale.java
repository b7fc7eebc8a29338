package org.sightline.faults;

import java.time.Duration;
import java.util.List;

/** How much of everything. */
public enum Scale {
  /** For every test run: seconds each. */
  QUICK,
  /** For the published table: minutes each. */
  FULL;

  private <T> T pick(T quick, T full) {
    return this == QUICK ? quick : full;
  }

  /** Rounds of load before and after a fault, for each kind of work. */
  int before() {
    return pick(5, 20);
  }

  /** Rounds of load without the node. */
  int during() {
    return pick(10, 100);
  }

  /** How long each client of that load pauses between two requests while a node starts. */
  Duration pause() {
    return pick(Duration.ofMillis(100), Duration.ZERO);
  }

  /** Whether the rolling restart goes round all nodes; otherwise it takes one of each kind. */
  boolean everyNode() {
    return pick(false, true);
  }

  /** How long the capacity is measured. */
  Duration capacity() {
    return pick(Duration.ofSeconds(3), Duration.ofSeconds(15));
  }

  /** How long five times the capacity is offered. */
  Duration overload() {
    return pick(Duration.ofSeconds(10), Duration.ofMinutes(1));
  }

  /**
   * How many times the capacity is offered at least: where others take the cores meanwhile, the
   * client does not come up to five, and what is refused is what counts.
   */
  double offered() {
    return pick(1.5, 4.0);
  }

  /** How soon after the overload a search must be fast again; a test's neighbours take cores. */
  Duration normalAgain() {
    return pick(Duration.ofMinutes(1), Duration.ofSeconds(10));
  }

  /** Documents of the bulk into a slow model. */
  int bulkDocuments() {
    return pick(1_500, 10_000);
  }

  /** Inferences of the soak before memory is looked at. */
  int warmUp() {
    return pick(2_500, 10_000);
  }

  /** Inferences of the soak. */
  int soak() {
    return pick(2_000, 50_000);
  }

  /** Native bytes an inference that count as a leak. */
  int leak() {
    return pick(4 << 10, 1 << 10);
  }

  /** Options of the single node's JVM: short-lived ones spend their time compiling. */
  List<String> compiler() {
    return pick(List.of("-XX:TieredStopAtLevel=1"), List.of());
  }
}
