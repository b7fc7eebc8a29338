package org.sightline.plugin.cluster;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchStats;

/** Adds up what one request took on the nodes that it was split among. Thread-safe. */
final class MatchRoute {
  private final AtomicReference<MatchStats> stats = new AtomicReference<>(MatchStats.NONE);

  /** The same stage; what it brings is added before others see it. */
  CompletionStage<MatchResponse> follow(DiscoveryNode node, CompletionStage<MatchResponse> stage) {
    long start = System.nanoTime();
    return stage.whenComplete(
        (response, failure) ->
            add(
                failure == null
                    ? response.stats()
                    : failover(node, failure, System.nanoTime() - start)));
  }

  private static MatchStats failover(DiscoveryNode node, Throwable failure, long nanos) {
    return new MatchStats(
        0,
        0,
        0,
        0,
        0,
        1,
        new MatchStats.Failover(
            node.getName(), InferenceFailures.of(failure, node.getName()).kind(), nanos));
  }

  private void add(MatchStats more) {
    stats.accumulateAndGet(more, MatchStats::beside);
  }

  MatchStats stats() {
    return stats.get();
  }
}
