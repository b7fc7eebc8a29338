package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Waiting;

/**
 * Nodes get a later plugin, a later Elasticsearch, or both, one after the other, while the others
 * work. As in {@link RollingRestart}, a node is drained before it is stopped.
 */
public final class RollingUpgrade {
  private static final String FAILOVERS = "routing/failovers";

  private RollingUpgrade() {}

  /**
   * What the nodes are upgraded to.
   *
   * @param distribution Elasticsearch with the plugin
   * @param logged by an upgraded node once another upgraded node has sent it something that nodes
   *     before the upgrade cannot read; null where there is no such thing
   */
  public record Upgrade(Distribution distribution, String logged) {}

  /** The scenario. The nodes stay upgraded. */
  public static FaultRow run(FiveNodes nodes, Upgrade upgrade, Scale scale) {
    FaultRow row = new FaultRow("rolling upgrade");
    nodes.awaitInferenceNodes();
    List<ElasticsearchNode> all = nodes.cluster().nodes();
    List<ElasticsearchNode> upgraded =
        scale.everyNode() ? all : List.of(all.get(0), all.get(all.size() - 1));
    Map<String, String> before = builds(nodes);
    // a model that loads slowly on a busy machine is no failover
    nodes.patience("\"60s\"");
    // a copy may not move from a node of a later Elasticsearch to one of an earlier: as long as
    // primaries stay on earlier nodes, every copy has somewhere to go
    rebalance(nodes, "\"replicas\"");
    long failovers = 0;
    double longest = 0;
    try (MixedLoad load = new MixedLoad(nodes, scale)) {
      load.rounds(scale.before());
      for (ElasticsearchNode node : upgraded) {
        longest =
            Math.max(
                longest,
                RollingRestart.turn(nodes, load, node, () -> node.upgrade(upgrade.distribution())));
        load.settle();
        long settled = nodes.counters().total(FAILOVERS);
        load.rounds(scale.before());
        askEverything(nodes);
        failovers += nodes.counters().total(FAILOVERS) - settled;
      }
      load.stop(row, upgraded.size() + " nodes drained, stopped, upgraded and started");
    }
    nodes.patience("null");
    rebalance(nodes, "null");
    Map<String, String> after = builds(nodes);
    row.figure(Column.RECOVERY, PhotoIndex.json("%.0f s a node", longest))
        .zero(Column.FAILOVERS, failovers, "");
    String old = before.get(upgraded.get(0).name());
    String now = after.get(upgraded.get(0).name());
    row.rule("the first node has another build", now.equals(old) == false, old + ", then " + now);
    for (ElasticsearchNode node : all) {
      String expected = upgraded.contains(node) ? now : old;
      String got = after.get(node.name());
      row.rule("[" + node.name() + "] runs " + expected, expected.equals(got), got);
    }
    if (upgrade.logged() != null) {
      ElasticsearchNode last = upgraded.get(upgraded.size() - 1);
      row.rule("upgraded nodes use the raised format", has(last, upgrade.logged()), last.name());
    }
    return row;
  }

  /**
   * By name of the node: Elasticsearch, plugin, and the newest format of messages that it reads.
   */
  private static Map<String, String> builds(FiveNodes nodes) {
    Map<String, String> builds = new TreeMap<>();
    for (JsonNode node : nodes.client().ok("GET", "/_nodes/plugins", null).required("nodes")) {
      for (JsonNode plugin : node.required("plugins")) {
        if (plugin.required("name").asText().equals("sightline")) {
          builds.put(
              node.required("name").asText(),
              "Elasticsearch "
                  + node.required("version").asText()
                  + ", plugin "
                  + plugin.required("version").asText()
                  + ", format "
                  + node.required("attributes").path("sightline.format").asText());
        }
      }
    }
    return builds;
  }

  /** Asks each node with data what it asks other nodes apart from embeddings and matches. */
  private static void askEverything(FiveNodes nodes) {
    for (int i = 0; i < FiveNodes.DATA_NODES; i++) {
      JsonNode models = nodes.client().ok("GET", "/_sightline/models", null);
      require(models.has("failures") == false, models);
      JsonNode stats = nodes.client().ok("GET", "/_sightline/stats", null);
      require(stats.required("nodes").size() == nodes.cluster().nodes().size(), stats);
      JsonNode captions =
          nodes.client().ok("POST", "/_sightline/models/emoji-blip/_caption", nodes.captionOf(i));
      require(captions.at("/captions/0/0").has("text"), captions);
    }
  }

  private static void require(boolean holds, JsonNode reply) {
    if (holds == false) {
      throw new IllegalStateException("nodes of two builds: " + reply);
    }
  }

  private static void rebalance(FiveNodes nodes, String value) {
    nodes
        .client()
        .ok(
            "PUT",
            "/_cluster/settings",
            "{\"persistent\":{\"cluster.routing.rebalance.enable\":" + value + "}}");
  }

  private static boolean has(ElasticsearchNode node, String logged) {
    // the log is written by another process
    return Waiting.until(
        Waiting.PATIENCE.dividedBy(6),
        () -> {
          try {
            return Files.readString(node.log()).contains(logged);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
