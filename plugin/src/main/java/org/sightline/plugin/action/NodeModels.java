package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.support.nodes.BaseNodeResponse;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.model.ModelStatus;

/** The models of one node, or why the operation failed there. */
public final class NodeModels extends BaseNodeResponse {
  private final List<ModelStatus> models;
  private final InferenceException failure;

  NodeModels(DiscoveryNode node, List<ModelStatus> models) {
    super(node);
    this.models = List.copyOf(models);
    this.failure = null;
  }

  NodeModels(DiscoveryNode node, InferenceException failure) {
    super(node);
    this.models = List.of();
    this.failure = failure;
  }

  NodeModels(StreamInput in, DiscoveryNode node) throws IOException {
    super(in, node);
    NodeFormat.FORMAT.check(in);
    models = in.readCollectionAsImmutableList(NodeFormat::readStatus);
    failure =
        in.readBoolean() ? new InferenceException(in.readEnum(Kind.class), in.readString()) : null;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    NodeFormat.FORMAT.write(out);
    out.writeCollection(models, NodeFormat::writeStatus);
    out.writeBoolean(failure != null);
    if (failure != null) {
      out.writeEnum(failure.kind());
      out.writeString(failure.getMessage());
    }
  }

  public List<ModelStatus> models() {
    return models;
  }

  /** Why the operation failed on this node; null when it did not. */
  public InferenceException failure() {
    return failure;
  }
}
