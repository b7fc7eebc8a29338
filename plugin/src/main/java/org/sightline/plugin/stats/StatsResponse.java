package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.action.support.nodes.BaseNodesResponse;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.cluster.InferenceNodes;
import org.sightline.plugin.cluster.Routing;
import org.sightline.runtime.stats.RuntimeStats;

/** Counters of all inference nodes. */
public final class StatsResponse extends BaseNodesResponse<NodeStats>
    implements ToXContentFragment {

  StatsResponse(
      ClusterName clusterName, List<NodeStats> nodes, List<FailedNodeException> failures) {
    super(clusterName, nodes, failures);
  }

  @Override
  protected List<NodeStats> readNodesFrom(StreamInput in) {
    return TransportAction.localOnly();
  }

  @Override
  protected void writeNodesTo(StreamOutput out, List<NodeStats> nodes) {
    TransportAction.localOnly();
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    RuntimeStats sum = StatsSum.of(getNodes().stream().map(NodeStats::stats).toList());
    Routing.Stats sent =
        getNodes().stream().map(NodeStats::routing).reduce(Routing.Stats.NONE, Routing.Stats::plus);
    builder.startObject("total");
    StatsContent.write(builder, sum);
    StatsContent.write(builder, sent);
    StatsContent.stages(builder, sum, sent);
    builder.endObject();
    builder.startObject("nodes");
    for (NodeStats node : getNodes()) {
      builder.startObject(node.getNode().getId());
      builder.field("name", node.getNode().getName());
      StatsContent.write(builder, node.routing());
      String device = node.getNode().getAttributes().get(InferenceNodes.DEVICE_ATTRIBUTE);
      builder.field("inference", device != null);
      StatsContent.stages(builder, device == null ? null : node.stats(), node.routing());
      if (device == null) {
        builder.endObject();
        continue;
      }
      builder.field("device", device);
      StatsContent.write(builder, node.stats());
      StatsContent.write(builder, node.jpeg());
      builder.startArray("models");
      for (NodeStats.Model model : node.models()) {
        builder.startObject();
        builder.field("model_id", model.id());
        builder.field("state", model.state().toLowerCase(Locale.ROOT));
        if (model.reason() != null) {
          builder.field("reason", model.reason());
        }
        if (model.devices().isEmpty() == false) {
          builder.field("devices", model.devices());
        }
        builder.endObject();
      }
      builder.endArray();
      builder.endObject();
    }
    return builder.endObject();
  }
}
