package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.support.nodes.BaseNodeResponse;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.query.WireFormat;

/** The answer of one node to a {@link PerNodeRequest}, in the format of the request. */
public class PerNodeResponse extends BaseNodeResponse {
  private final WireFormat format;

  /**
   * @param request that is answered
   */
  public PerNodeResponse(DiscoveryNode node, PerNodeRequest request) {
    super(node);
    this.format = request.format();
  }

  /** Reads what {@link #writeTo} wrote. */
  public PerNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
    super(in, node);
    this.format = WireFormat.read(in, "an answer of a node");
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    format.write(out);
  }
}
