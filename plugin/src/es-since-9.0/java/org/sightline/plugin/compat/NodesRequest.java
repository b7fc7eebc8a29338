package org.sightline.plugin.compat;

import org.elasticsearch.action.support.nodes.BaseNodesRequest;

/** A request to several nodes. */
public abstract class NodesRequest<T extends NodesRequest<T>> extends BaseNodesRequest {

  /** To all nodes that the action chooses. */
  protected NodesRequest() {
    super(new String[0]);
  }
}
