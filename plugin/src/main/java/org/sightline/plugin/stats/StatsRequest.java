package org.sightline.plugin.stats;

import java.io.IOException;
import org.elasticsearch.action.support.nodes.BaseNodesRequest;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.transport.AbstractTransportRequest;

/** Asks all inference nodes for their counters. */
public final class StatsRequest extends BaseNodesRequest {
  public StatsRequest() {
    super(new String[0]);
    // a node that is frozen must not keep the others' counters back
    setTimeout(TimeValue.timeValueSeconds(10));
  }

  /** What one node is asked: nothing in particular. */
  static final class Node extends AbstractTransportRequest {
    Node() {}

    Node(StreamInput in) throws IOException {
      super(in);
    }
  }
}
