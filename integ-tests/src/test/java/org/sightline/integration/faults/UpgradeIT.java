package org.sightline.integration.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.NeedsOlderVersion;
import org.sightline.testsupport.cluster.Distribution;

/** From the Elasticsearch that the build is for to the newest, each with the plugin. */
@NeedsOlderVersion
class UpgradeIT {
  /** Every node in its turn while the others work: no search fails and no document is lost. */
  @Test
  void aClusterIsUpgradedUnderLoad() {
    Distribution older = Installation.unpack("upgrade-from");
    Distribution newest = Installation.newest().orElseThrow().unpack("upgrade-to");
    try (FiveNodes nodes = new FiveNodes(older, Installation.gallery())) {
      RollingUpgrade.Upgrade upgrade = new RollingUpgrade.Upgrade(newest, null);
      FaultRow row = RollingUpgrade.run(nodes, upgrade, Scale.QUICK.withEveryNode());
      assertEquals(List.of(), row.broken());
    }
    older.delete();
    newest.delete();
  }
}
