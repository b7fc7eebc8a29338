package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import org.sightline.testsupport.cluster.Requests;
import org.sightline.testsupport.load.Waiting;

/** What {@code GET _sightline/stats} says. */
final class NodeCounters {
  private final Requests requests;

  NodeCounters(Requests requests) {
    this.requests = requests;
  }

  private JsonNode stats() {
    return requests.ok("GET", "/_sightline/stats", null);
  }

  /** Nodes that run models and answer. */
  int inferenceNodes() {
    int nodes = 0;
    for (JsonNode stats : stats().required("nodes")) {
      nodes += stats.required("inference").asBoolean() ? 1 : 0;
    }
    return nodes;
  }

  /** Requests that the node of that name has served since it started. */
  long served(String node) {
    for (JsonNode stats : stats().required("nodes")) {
      if (stats.required("name").asText().equals(node)) {
        return stats.path("requests").asLong();
      }
    }
    return 0;
  }

  /** A counter of the sum of all nodes, such as {@code routing/failovers}. */
  long total(String path) {
    JsonNode value = stats().at("/total/" + path);
    if (value.isNumber() == false) {
      throw new IllegalStateException("the stats have no number at [" + path + "]");
    }
    return value.asLong();
  }

  /** Waits until no queue of any node has an input, which a queue that lost count never reaches. */
  void awaitEmptyQueues() {
    Waiting.until(
        "the queues of all nodes are empty",
        () -> {
          long waiting = 0;
          for (JsonNode role : stats().at("/total/roles")) {
            waiting += Math.abs(role.required("queue").required("depth").asLong());
          }
          return waiting == 0;
        });
  }

  /** Inputs that ran through a graph, of all roles together. */
  long inferences() {
    long inputs = 0;
    for (JsonNode role : stats().at("/total/roles")) {
      inputs += role.required("inputs").asLong();
    }
    return inputs;
  }
}
