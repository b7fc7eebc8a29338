package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.Requests;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Waiting;

/**
 * Nodes are stopped and started again, one after the other, while the others work.
 *
 * <p>A node with data is drained first. A rerank reads under a point in time, which lives on the
 * copies of shards that it was opened on: Elasticsearch does not go on with another copy, and the
 * search would answer without those shards.
 */
public final class RollingRestart {
  private static final String SETTINGS = "/_cluster/settings";

  private RollingRestart() {}

  /** A stop is a SIGTERM; the next node has its turn when the cluster is green and whole again. */
  public static FaultRow run(FiveNodes nodes, Scale scale) {
    FaultRow row = new FaultRow("rolling restart");
    nodes.awaitInferenceNodes();
    List<ElasticsearchNode> all = nodes.cluster().nodes();
    List<ElasticsearchNode> restarted =
        scale.everyNode() ? all : List.of(all.get(0), all.get(all.size() - 1));
    int switches = nodes.client().switches();
    double longest = 0;
    try (MixedLoad load = new MixedLoad(nodes, scale)) {
      load.rounds(scale.before());
      for (ElasticsearchNode node : restarted) {
        longest = Math.max(longest, turn(nodes, load, node, () -> {}));
        load.rounds(scale.before());
      }
      load.stop(row, restarted.size() + " nodes drained, stopped and started");
    }
    int now = nodes.client().switches() - switches;
    return row.figure(Column.RECOVERY, PhotoIndex.json("%.0f s a node", longest))
        .rule("the client had to go to another node", now > 0, now);
  }

  /**
   * Drains a node, stops it, starts it again, and waits until the cluster is green and whole.
   *
   * @param change what is done while it does not run
   * @return the seconds of all that
   */
  static double turn(FiveNodes nodes, MixedLoad load, ElasticsearchNode node, Runnable change) {
    long start = System.nanoTime();
    drain(nodes.client(), node.name(), load);
    node.stop();
    change.run();
    load.pausing(true);
    nodes.cluster().start();
    load.pausing(false);
    nodes.client().ok("PUT", SETTINGS, exclude("null"));
    nodes.awaitInferenceNodes();
    return Waiting.seconds(start);
  }

  private static String exclude(String value) {
    return "{\"persistent\":{\"cluster.routing.allocation.exclude._name\":" + value + "}}";
  }

  /**
   * Waits until no copy of a shard is on the node, searches that saw one there have ended, and none
   * of them has left anything open.
   */
  private static void drain(Requests requests, String node, MixedLoad load) {
    requests.ok("PUT", SETTINGS, exclude("\"" + node + "\""));
    Waiting.until("no shard on " + node, () -> shards(requests, node) == 0);
    load.settle();
    Waiting.until("no search reads from " + node, () -> contexts(requests, node) == 0);
  }

  private static int shards(Requests requests, String node) {
    int shards = 0;
    for (JsonNode shard : requests.ok("GET", "/_cat/shards?format=json&h=node", null)) {
      // one on its way is listed as "from -> address id to"
      shards += shard.path("node").asText().contains(node) ? 1 : 0;
    }
    return shards;
  }

  private static long contexts(Requests requests, String node) {
    JsonNode stats = requests.ok("GET", "/_nodes/" + node + "/stats/indices/search", null);
    return stats.required("nodes").elements().next().at("/indices/search/open_contexts").asLong(-1);
  }
}
