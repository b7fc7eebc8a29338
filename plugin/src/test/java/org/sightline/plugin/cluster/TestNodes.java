package org.sightline.plugin.cluster;

import java.util.Map;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.cluster.node.DiscoveryNodes;

/** Cluster states with some inference nodes. */
final class TestNodes {
  /** Every node has every model. */
  static final ModelPlaces EVERYWHERE =
      new ModelPlaces() {
        @Override
        public boolean lacks(DiscoveryNode node, String modelId) {
          return false;
        }

        @Override
        public boolean onCpu(DiscoveryNode node) {
          return false;
        }
      };

  private TestNodes() {}

  static DiscoveryNode inferenceNode(String id) {
    return inferenceNode(id, "cpu");
  }

  static DiscoveryNode inferenceNode(String id, String device) {
    return DiscoveryNodeUtils.builder(id)
        .name(id)
        .attributes(Map.of("sightline.device", device))
        .build();
  }

  /** Inference nodes of these ids beside one node that runs no models, which is the local one. */
  static DiscoveryNodes of(String... ids) {
    DiscoveryNodes.Builder nodes =
        DiscoveryNodes.builder()
            .add(DiscoveryNodeUtils.builder("plain").name("plain").build())
            .localNodeId("plain");
    for (String id : ids) {
      nodes.add(inferenceNode(id));
    }
    return nodes.build();
  }
}
