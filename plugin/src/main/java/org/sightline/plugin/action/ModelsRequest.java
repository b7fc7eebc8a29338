package org.sightline.plugin.action;

import java.io.IOException;
import org.elasticsearch.action.support.nodes.BaseNodesRequest;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.TimeValue;
import org.sightline.plugin.transport.PerNodeRequest;

/** Asks all inference nodes about their models, or about one. */
public final class ModelsRequest extends BaseNodesRequest {
  private final String modelId;
  private final TimeValue storeTimeout;

  /**
   * @param modelId null for all models, where the operation allows it
   * @param storeTimeout how long to wait until this node knows which models are stored
   */
  public ModelsRequest(String modelId, TimeValue storeTimeout) {
    super(new String[0]);
    this.modelId = modelId;
    this.storeTimeout = storeTimeout;
  }

  TimeValue storeTimeout() {
    return storeTimeout;
  }

  public String modelId() {
    return modelId;
  }

  /** What one node is asked. */
  public static final class Node extends PerNodeRequest {
    private final String modelId;

    Node(DiscoveryNodes nodes, String modelId) {
      super(nodes);
      this.modelId = modelId;
    }

    /** Reads what {@link #writeTo} wrote. */
    public Node(StreamInput in) throws IOException {
      super(in);
      this.modelId = in.readOptionalString();
    }

    String modelId() {
      return modelId;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeOptionalString(modelId);
    }
  }
}
