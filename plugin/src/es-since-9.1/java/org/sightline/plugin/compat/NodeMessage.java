package org.sightline.plugin.compat;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.transport.AbstractTransportRequest;

/** A request from node to node that is no action of its own. */
public abstract class NodeMessage extends AbstractTransportRequest {
  protected NodeMessage() {}

  protected NodeMessage(StreamInput in) throws IOException {
    super(in);
  }
}
