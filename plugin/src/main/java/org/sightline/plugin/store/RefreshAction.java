package org.sightline.plugin.store;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.action.support.nodes.BaseNodeResponse;
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
import org.elasticsearch.transport.AbstractTransportRequest;
import org.elasticsearch.transport.TransportService;
import org.sightline.query.InferenceCalls;

/** Makes all nodes read which models the cluster has; answers when they know. */
public final class RefreshAction
    extends TransportNodesAction<
        RefreshAction.Request,
        RefreshAction.Response,
        RefreshAction.NodeRequest,
        RefreshAction.NodeResponse,
        Void> {
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
        NodeRequest::new,
        transportService.getThreadPool().generic());
    this.models = models;
  }

  /** Asks all nodes. */
  static final class Request extends BaseNodesRequest {
    Request() {
      super(new String[0]);
    }
  }

  /** Asks one node. */
  static final class NodeRequest extends AbstractTransportRequest {
    NodeRequest() {}

    NodeRequest(StreamInput in) throws IOException {
      super(in);
    }
  }

  /** One node knows. */
  static final class NodeResponse extends BaseNodeResponse {
    NodeResponse(DiscoveryNode node) {
      super(node);
    }

    NodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
      super(in, node);
    }
  }

  /** All nodes know, but for those that failed; these read it within a minute. */
  static final class Response extends BaseNodesResponse<NodeResponse> {
    Response(
        ClusterName clusterName, List<NodeResponse> nodes, List<FailedNodeException> failures) {
      super(clusterName, nodes, failures);
    }

    @Override
    protected List<NodeResponse> readNodesFrom(StreamInput in) {
      return TransportAction.localOnly();
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeResponse> nodes) {
      TransportAction.localOnly();
    }
  }

  @Override
  protected DiscoveryNode[] resolveRequest(Request request, ClusterState state) {
    return state.nodes().getNodes().values().toArray(DiscoveryNode[]::new);
  }

  @Override
  protected Response newResponse(
      Request request, List<NodeResponse> responses, List<FailedNodeException> failures) {
    return new Response(clusterService.getClusterName(), responses, failures);
  }

  @Override
  protected NodeRequest newNodeRequest(Request request) {
    return new NodeRequest();
  }

  @Override
  protected NodeResponse newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
    return new NodeResponse(in, node);
  }

  @Override
  protected NodeResponse nodeOperation(NodeRequest request, Task task) {
    throw new AssertionError("answered asynchronously");
  }

  @Override
  protected void nodeOperationAsync(
      NodeRequest request, Task task, ActionListener<NodeResponse> listener) {
    InferenceCalls.start(
        () -> models.refresh().thenApply(done -> new NodeResponse(clusterService.localNode())),
        listener);
  }
}
