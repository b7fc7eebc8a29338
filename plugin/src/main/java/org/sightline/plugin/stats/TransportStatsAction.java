package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.nodes.BaseNodesRequest;
import org.elasticsearch.action.support.nodes.TransportNodesAction;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.node.NodeServices;
import org.sightline.plugin.store.ClusterModels;
import org.sightline.plugin.transport.PerNodeRequest;

/** Collects the counters of all nodes: each may send, and some run models. */
public final class TransportStatsAction
    extends TransportNodesAction<
        TransportStatsAction.Request, StatsResponse, PerNodeRequest, NodeStats, Void> {
  public static final ActionType<StatsResponse> TYPE =
      new ActionType<>("cluster:monitor/sightline/stats");

  /** Asks all inference nodes for their counters. */
  public static final class Request extends BaseNodesRequest {
    public Request() {
      super(new String[0]);
      // a node that is frozen must not keep the others' counters back
      setTimeout(TimeValue.timeValueSeconds(10));
    }
  }

  private final LocalInference local;
  private final NodeServices services;

  @Inject
  public TransportStatsAction(
      ClusterModels models,
      TransportService transportService,
      ActionFilters actionFilters,
      NodeServices services) {
    super(
        TYPE.name(),
        models.clusterService(),
        transportService,
        actionFilters,
        PerNodeRequest::new,
        transportService.getThreadPool().executor(ThreadPool.Names.MANAGEMENT));
    this.local = models.local();
    this.services = services;
  }

  @Override
  protected DiscoveryNode[] resolveRequest(Request request, ClusterState state) {
    return state.nodes().getNodes().values().toArray(DiscoveryNode[]::new);
  }

  @Override
  protected StatsResponse newResponse(
      Request request, List<NodeStats> responses, List<FailedNodeException> failures) {
    List<NodeStats> nodes =
        responses.stream().sorted(Comparator.comparing(node -> node.getNode().getName())).toList();
    return new StatsResponse(clusterService.getClusterName(), nodes, failures);
  }

  @Override
  protected PerNodeRequest newNodeRequest(Request request) {
    return new PerNodeRequest(clusterService.state().nodes());
  }

  @Override
  protected NodeStats newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
    return new NodeStats(in, node);
  }

  @Override
  protected NodeStats nodeOperation(PerNodeRequest request, Task task) {
    return new NodeStats(
        clusterService.localNode(),
        request,
        local.runtime().stats(),
        services.routing().stats(),
        local.models().stream().map(NodeStats.Model::of).toList(),
        local.jpeg());
  }
}
