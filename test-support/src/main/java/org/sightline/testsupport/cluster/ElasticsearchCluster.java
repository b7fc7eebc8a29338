package org.sightline.testsupport.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Nodes on loopback that form one cluster. Closing stops them; data stay in the distribution's
 * folder. Not thread-safe.
 */
public final class ElasticsearchCluster implements AutoCloseable {
  private final List<ElasticsearchNode> nodes;

  private ElasticsearchCluster(List<ElasticsearchNode> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /** Prepares the nodes' folders; {@link #start()} starts them. */
  public static ElasticsearchCluster of(Distribution distribution, String name, NodeSpec... specs) {
    Map<String, String> discovery = new HashMap<>();
    if (specs.length == 1) {
      discovery.put("discovery.type", "single-node");
    } else {
      List<String> names = new ArrayList<>();
      for (NodeSpec spec : specs) {
        if (spec.settings().getOrDefault("node.roles", "master").contains("master")) {
          names.add(spec.name());
        }
      }
      discovery.put("cluster.initial_master_nodes", "[" + String.join(", ", names) + "]");
      discovery.put("discovery.seed_providers", "file");
      // ports are known, and handed to the others, only after each node has started alone
      discovery.put("discovery.initial_state_timeout", "0s");
    }
    List<ElasticsearchNode> nodes = new ArrayList<>();
    for (NodeSpec spec : specs) {
      nodes.add(new ElasticsearchNode(distribution, name, spec, discovery));
    }
    return new ElasticsearchCluster(nodes);
  }

  /** Starts every node that does not run, and waits until all are one cluster with all shards. */
  public ElasticsearchCluster start() {
    return start(true);
  }

  /** The same, but returns as soon as the nodes answer: their shards may not be there yet. */
  public ElasticsearchCluster answering() {
    return start(false);
  }

  private ElasticsearchCluster start(boolean green) {
    try {
      List<ElasticsearchNode> starting = nodes.stream().filter(node -> !node.isRunning()).toList();
      starting.forEach(ElasticsearchNode::launch);
      starting.forEach(ElasticsearchNode::awaitStarted);
      introduce();
      if (green) {
        awaitShards();
      }
      return this;
    } catch (RuntimeException e) {
      nodes.forEach(ElasticsearchNode::kill);
      throw e;
    }
  }

  /** Tells each node where the others are; nodes read the file again while they look for peers. */
  private void introduce() {
    if (nodes.size() == 1) {
      return;
    }
    List<String> addresses = nodes.stream().map(ElasticsearchNode::transport).toList();
    try {
      for (ElasticsearchNode node : nodes) {
        Files.write(node.configuration().resolve("unicast_hosts.txt"), addresses);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits, in Elasticsearch itself, for all nodes and for all shards that they can hold. */
  private void awaitShards() {
    try (HttpJson http = new HttpJson(nodes.get(0).http())) {
      // one node has no place for replicas, which users' indices have
      String wait =
          "/_cluster/health?timeout=120s&master_timeout=120s&wait_for_status="
              + (nodes.size() == 1 ? "yellow" : "green")
              + "&wait_for_nodes="
              + nodes.size();
      HttpJson.Reply reply = http.send("GET", wait, null);
      // 401: it answers, and does not tell strangers more
      if (reply.status() != 200 && reply.status() != 401) {
        StringBuilder logs = new StringBuilder();
        nodes.forEach(node -> logs.append('\n').append(node.logs()));
        throw new ClusterException("the cluster lacks nodes or shards: " + reply.body() + logs);
      }
    }
  }

  /** The nodes in the order of their specs. */
  public List<ElasticsearchNode> nodes() {
    return nodes;
  }

  /** The node of that index. */
  public ElasticsearchNode node(int index) {
    return nodes.get(index);
  }

  /** Where the first node answers. */
  public URI http() {
    return nodes.get(0).http();
  }

  @Override
  public void close() {
    nodes.forEach(ElasticsearchNode::stop);
  }
}
