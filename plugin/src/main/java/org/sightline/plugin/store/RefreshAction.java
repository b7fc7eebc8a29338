package org.sightline.plugin.store;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.action.support.nodes.BaseNodesRequest;
import org.elasticsearch.action.support.nodes.BaseNodesResponse;
import org.elasticsearch.action.support.nodes.TransportNodesAction;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.transport.PerNodeRequest;
import org.sightline.plugin.transport.PerNodeResponse;
import org.sightline.query.InferenceCalls;

/** Makes all nodes read which models the cluster has; answers when they know. */
public final class RefreshAction
    extends TransportNodesAction<
        RefreshAction.Request, RefreshAction.Response, PerNodeRequest, PerNodeResponse, Void> {
  public static final ActionType<Response> TYPE =
      new ActionType<>("internal:sightline/models/refresh");

  private final ClusterModels models;

  @Inject
  public RefreshAction(
      TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
    super(
        TYPE.name(),
        models.clusterService(),
        transportService,
        actionFilters,
        PerNodeRequest::new,
        transportService.getThreadPool().generic());
    this.models = models;
  }

  /** Asks all nodes. */
  static final class Request extends BaseNodesRequest {
    Request() {
      super(new String[0]);
    }
  }

  /** All nodes know, but for those that failed; these read it within a minute. */
  static final class Response extends BaseNodesResponse<PerNodeResponse> {
    Response(
        ClusterName clusterName, List<PerNodeResponse> nodes, List<FailedNodeException> failures) {
      super(clusterName, nodes, failures);
    }

    @Override
    protected List<PerNodeResponse> readNodesFrom(StreamInput in) {
      return TransportAction.localOnly();
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<PerNodeResponse> nodes) {
      TransportAction.localOnly();
    }
  }

  @Override
  protected DiscoveryNode[] resolveRequest(Request request, ClusterState state) {
    return state.nodes().getNodes().values().toArray(DiscoveryNode[]::new);
  }

  @Override
  protected Response newResponse(
      Request request, List<PerNodeResponse> responses, List<FailedNodeException> failures) {
    return new Response(clusterService.getClusterName(), responses, failures);
  }

  @Override
  protected PerNodeRequest newNodeRequest(Request request) {
    return new PerNodeRequest(clusterService.state().nodes());
  }

  @Override
  protected PerNodeResponse newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
    return new PerNodeResponse(in, node);
  }

  @Override
  protected PerNodeResponse nodeOperation(PerNodeRequest request, Task task) {
    throw new AssertionError("answered asynchronously");
  }

  @Override
  protected void nodeOperationAsync(
      PerNodeRequest request, Task task, ActionListener<PerNodeResponse> listener) {
    InferenceCalls.start(
        () ->
            models
                .refresh()
                .thenApply(done -> new PerNodeResponse(clusterService.localNode(), request)),
        listener);
  }
}
