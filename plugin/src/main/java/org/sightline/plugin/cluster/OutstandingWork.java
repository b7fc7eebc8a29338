package org.sightline.plugin.cluster;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNode;

/**
 * Inputs that this node has sent to others and that are not answered yet. What other nodes have
 * sent there is not known here. Thread-safe.
 */
final class OutstandingWork {
  private final ConcurrentMap<String, Long> inputs = new ConcurrentHashMap<>();

  /** Inputs that a node has not answered. */
  long of(DiscoveryNode node) {
    return inputs.getOrDefault(node.getId(), 0L);
  }

  /** Counts inputs from the moment they are sent until the stage completes. */
  <T> CompletionStage<T> count(DiscoveryNode node, int sent, Supplier<CompletionStage<T>> send) {
    add(node, sent);
    try {
      return send.get().whenComplete((answer, failure) -> add(node, -sent));
    } catch (RuntimeException e) {
      add(node, -sent);
      throw e;
    }
  }

  /** A node with nothing outstanding has no entry, so that nodes which left leave none behind. */
  private void add(DiscoveryNode node, long change) {
    inputs.compute(
        node.getId(),
        (id, before) -> {
          long now = (before == null ? 0 : before) + change;
          return now == 0 ? null : now;
        });
  }
}
