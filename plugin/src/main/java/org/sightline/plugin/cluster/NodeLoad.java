package org.sightline.plugin.cluster;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.sightline.plugin.transport.InferenceFailures;

/**
 * What this node knows of others from its own requests: how many inputs they have not answered yet,
 * and which of them gave no answer lately. An answer that says "too late" is an answer.
 * Thread-safe.
 */
final class NodeLoad {
  /** Until then Elasticsearch itself has noticed that a node does not answer. */
  private static final long SUSPICION_NANOS = Duration.ofSeconds(30).toNanos();

  private final ConcurrentMap<String, Long> inputs = new ConcurrentHashMap<>();

  /** When a node last failed to answer in time. */
  private final ConcurrentMap<String, Long> silent = new ConcurrentHashMap<>();

  private final LongSupplier nanoTime;

  NodeLoad(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Inputs that a node has not answered. */
  long outstanding(DiscoveryNode node) {
    return inputs.getOrDefault(node.getId(), 0L);
  }

  /** Whether a node did not answer in time lately, and has not answered since. */
  boolean suspect(DiscoveryNode node) {
    Long since = silent.get(node.getId());
    if (since == null) {
      return false;
    }
    if (nanoTime.getAsLong() - since > SUSPICION_NANOS) {
      silent.remove(node.getId(), since);
      return false;
    }
    return true;
  }

  /** Counts inputs from the moment they are sent until the stage completes. */
  <T> CompletionStage<T> count(DiscoveryNode node, int sent, Supplier<CompletionStage<T>> send) {
    add(node, sent);
    try {
      return send.get()
          .whenComplete(
              (answer, failure) -> {
                add(node, -sent);
                judge(node, failure);
              });
    } catch (RuntimeException e) {
      add(node, -sent);
      throw e;
    }
  }

  private void judge(DiscoveryNode node, Throwable failure) {
    if (failure != null
        && InferenceFailures.isSilence(InferenceFailures.of(failure, node.getName()))) {
      silent.put(node.getId(), nanoTime.getAsLong());
    } else {
      silent.remove(node.getId());
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
