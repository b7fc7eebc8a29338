package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.transport.AbstractTransportRequest;
import org.sightline.query.WireFormat;

/**
 * What an action over several nodes asks each of them. It is the same message for all of them, so
 * its format is the newest that all nodes of the cluster read.
 */
public class PerNodeRequest extends AbstractTransportRequest {
  private final WireFormat format;

  /**
   * @param nodes those of the current cluster state
   */
  public PerNodeRequest(DiscoveryNodes nodes) {
    this.format = WireFormat.NEWEST.sharedWith(nodes);
  }

  /** Reads what {@link #writeTo} wrote. */
  public PerNodeRequest(StreamInput in) throws IOException {
    super(in);
    this.format = WireFormat.read(in, "a request to each node");
  }

  /** The format of this request and of its answer. */
  public final WireFormat format() {
    return format;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    format.write(out);
  }
}
