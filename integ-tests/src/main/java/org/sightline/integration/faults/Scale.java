package org.sightline.integration.faults;

import java.time.Duration;
import java.util.List;

/**
 * Size of the scenarios.
 *
 * @param before rounds of load before and after a fault, for each kind of work
 * @param during rounds of load while a node is missing
 * @param pause between two requests of a client while a node starts
 * @param everyNode whether the rolling restart takes every node, or one of each kind
 * @param capacity how long the capacity is measured
 * @param overload how long five times the capacity is offered
 * @param offered times the capacity that must be offered at least; a client on a busy machine does
 *     not reach five
 * @param normalAgain how soon after the overload a search must be fast again; other tests share the
 *     machine
 * @param bulkDocuments documents of the bulk into a slow model
 * @param warmUp inferences of the soak before memory is read
 * @param soak inferences of the soak
 * @param leak native bytes an inference that count as a leak
 * @param compiler JVM options of the single node: a node that lives for seconds mostly compiles
 */
public record Scale(
    int before,
    int during,
    Duration pause,
    boolean everyNode,
    Duration capacity,
    Duration overload,
    double offered,
    Duration normalAgain,
    int bulkDocuments,
    int warmUp,
    int soak,
    int leak,
    List<String> compiler) {

  /** For every test run: seconds for each scenario. */
  public static final Scale QUICK =
      new Scale(
          5,
          10,
          Duration.ofMillis(100),
          false,
          Duration.ofSeconds(3),
          Duration.ofSeconds(10),
          1.5,
          Duration.ofMinutes(1),
          1_500,
          2_500,
          2_000,
          4 << 10,
          List.of("-XX:TieredStopAtLevel=1"));

  /** For the published table: minutes for each scenario. */
  public static final Scale FULL =
      new Scale(
          20,
          100,
          Duration.ZERO,
          true,
          Duration.ofSeconds(15),
          Duration.ofMinutes(1),
          4,
          Duration.ofSeconds(10),
          10_000,
          10_000,
          50_000,
          1 << 10,
          List.of());

  /** The same, with every node in its turn. */
  public Scale withEveryNode() {
    return new Scale(
        before,
        during,
        pause,
        true,
        capacity,
        overload,
        offered,
        normalAgain,
        bulkDocuments,
        warmUp,
        soak,
        leak,
        compiler);
  }
}
