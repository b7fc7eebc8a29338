package org.sightline.integration.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.NeedsOlderVersion;
import org.sightline.testsupport.cluster.Distribution;

/**
 * From the Elasticsearch that the build is for to the newest, each with the plugin: a node with
 * data and one that runs models, or every node with {@code -Dsightline.upgrade=all}.
 */
@NeedsOlderVersion
class UpgradeIT {
  /** One node after the other while the others work: no search fails and no document is lost. */
  @Test
  void aClusterIsUpgradedUnderLoad() {
    Distribution older = Installation.unpack("upgrade-from");
    Distribution newest = Installation.newest().orElseThrow().unpack("upgrade-to");
    try (FiveNodes nodes = new FiveNodes(older, Installation.gallery())) {
      RollingUpgrade.Upgrade upgrade = new RollingUpgrade.Upgrade(newest, null);
      boolean all = "all".equals(System.getProperty("sightline.upgrade"));
      Scale scale = all ? Scale.QUICK.withEveryNode() : Scale.QUICK;
      FaultRow row = RollingUpgrade.run(nodes, upgrade, scale);
      assertEquals(List.of(), row.broken());
    }
    older.delete();
    newest.delete();
  }
}
