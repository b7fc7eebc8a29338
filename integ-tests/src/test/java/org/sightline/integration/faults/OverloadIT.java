package org.sightline.integration.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;

/** One node that gets more work than it can do, and work for long. */
class OverloadIT {
  private static Distribution distribution;
  private static OneNode node;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("overload");
    node = new OneNode(distribution, Installation.gallery(), Scale.QUICK);
  }

  @AfterAll
  static void stop() {
    node.close();
    distribution.delete();
  }

  @AfterEach
  void nothingWaits() {
    node.counters().awaitEmptyQueues();
  }

  private static void assertHeld(FaultRow row) {
    assertEquals(List.of(), row.broken());
  }

  /** Five times the capacity: answers or 429, heap within bounds, and soon back to normal. */
  @Test
  void overloadIsRefused() {
    assertHeld(Overload.run(node, Scale.QUICK));
  }

  /** More documents than the model's queue takes: with retries all of them arrive. */
  @Test
  void aBulkOfRefusedDocumentsLosesNone() {
    assertHeld(SlowBulk.run(node, Scale.QUICK));
  }

  /** Native memory does not grow with the number of inferences, and all is let go of. */
  @Test
  void aSoakLeaksNothing() {
    assumeTrue(ProcessMemory.isKnown(), "memory of a process is read from Linux's /proc");
    assertHeld(Soak.run(node, Scale.QUICK));
  }
}
