package org.sightline.plugin.cluster;

import org.elasticsearch.cluster.node.DiscoveryNode;

/** Which node has which model, and on what, as far as is known. Cheap, thread-safe. */
public interface ModelPlaces {
  /** Whether an inference node has said that it does not have a model. */
  boolean lacks(DiscoveryNode node, String modelId);

  /** Whether a node has said that all it runs runs on the CPU. */
  boolean onCpu(DiscoveryNode node);
}
