package org.sightline.integration;

import java.util.List;
import java.util.Map;
import org.sightline.cluster.NodeSpec;

/** Nodes that start fast and leave room for their neighbours. */
final class TestNodes {
  private TestNodes() {}

  /** The quick compiler alone: short-lived nodes spend their time starting. */
  static NodeSpec small(String name) {
    return new NodeSpec(
        name, 0, Map.of(), List.of("-Xms384m", "-Xmx512m", "-XX:TieredStopAtLevel=1"));
  }
}
