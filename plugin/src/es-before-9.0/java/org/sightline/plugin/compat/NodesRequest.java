package org.sightline.plugin.compat;

import org.elasticsearch.action.support.nodes.BaseNodesRequest;
import org.elasticsearch.core.TimeValue;

/** A request to several nodes. */
public abstract class NodesRequest<T extends NodesRequest<T>> extends BaseNodesRequest<T> {

  /** To all nodes that the action chooses. */
  protected NodesRequest() {
    super(new String[0]);
  }

  /** How long a node may take. */
  public final void setTimeout(TimeValue timeout) {
    timeout(timeout);
  }
}
