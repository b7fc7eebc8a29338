package org.sightline.plugin.action;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.action.support.nodes.BaseNodesResponse;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.plugin.store.ClusterModels.Source;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.model.ModelStatus;

/** The models of all inference nodes. */
public final class ModelsResponse extends BaseNodesResponse<NodeModels> {

  /** A model on a node. */
  public record Placement(DiscoveryNode node, ModelStatus status) {}

  private final Function<String, Source> sources;

  /**
   * @param sources where the model of an id comes from
   */
  ModelsResponse(
      ClusterName clusterName,
      List<NodeModels> nodes,
      List<FailedNodeException> failures,
      Function<String, Source> sources) {
    super(clusterName, nodes, failures);
    this.sources = sources;
  }

  /** Where nodes have the model from. */
  public Source source(String modelId) {
    return sources.apply(modelId);
  }

  @Override
  protected List<NodeModels> readNodesFrom(StreamInput in) throws IOException {
    return TransportAction.localOnly();
  }

  @Override
  protected void writeNodesTo(StreamOutput out, List<NodeModels> nodes) {
    TransportAction.localOnly();
  }

  /** By model id, where each model is; nodes in the order of their names. */
  public SortedMap<String, List<Placement>> byModel() {
    SortedMap<String, List<Placement>> byModel = new TreeMap<>();
    for (NodeModels node : getNodes()) {
      for (ModelStatus status : node.models()) {
        byModel
            .computeIfAbsent(status.id(), id -> new ArrayList<>())
            .add(new Placement(node.getNode(), status));
      }
    }
    return byModel;
  }

  /** What a model's manifest says, from the first node that could read it. */
  public static Optional<ModelInfo> info(List<Placement> placements) {
    return placements.stream()
        .map(placement -> placement.status().info())
        .filter(info -> info != null)
        .findFirst();
  }
}
