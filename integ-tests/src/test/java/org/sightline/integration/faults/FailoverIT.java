package org.sightline.integration.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;

/** Three nodes with data and two that run models, which are lost in several ways. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FailoverIT {
  private static Distribution distribution;
  private static Distribution next; // null before the upgrade
  private static FiveNodes nodes;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("failover");
    nodes = new FiveNodes(distribution, Installation.gallery());
  }

  @AfterAll
  static void stop() {
    nodes.close();
    distribution.delete();
    if (next != null) {
      next.delete();
    }
  }

  @AfterEach
  void nothingWaits() {
    nodes.counters().awaitEmptyQueues();
  }

  private static void assertHeld(FaultRow row) {
    assertEquals(List.of(), row.broken());
  }

  /** kill -9 while bulk requests and reranks run: no search fails and no document is lost. */
  @Test
  void aKilledNodeIsNotMissed() {
    assertHeld(LostNode.killed(nodes, Scale.QUICK));
  }

  /** A node that is frozen answers nothing and breaks no connection: only time tells. */
  @Test
  void aFrozenNodeIsPassedOver() {
    assertHeld(LostNode.frozen(nodes));
  }

  /** What was kept on disk answers after a restart: no image is encoded again. */
  @Test
  void aRestartedNodeIsWarm() {
    assertHeld(LostNode.warm(nodes));
  }

  /**
   * Nodes are stopped and started as in a rolling restart, with a later build of the plugin whose
   * messages have one more field; it stays on the nodes.
   */
  @Test
  @Order(Integer.MAX_VALUE)
  void aRollingUpgradeIsNotNoticed() {
    next = NextBuild.of(Installation.build(), distribution.home()).unpack("failover-next");
    RollingUpgrade.Upgrade upgrade = new RollingUpgrade.Upgrade(next, NextBuild.LOGGED);
    assertHeld(RollingUpgrade.run(nodes, upgrade, Scale.QUICK));
  }
}
