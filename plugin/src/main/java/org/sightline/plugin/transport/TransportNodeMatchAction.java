package org.sightline.plugin.transport;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.HandledTransportAction;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.LocalInference;

/** Matches with the models of this node. Does not leave the transport thread: inference queues. */
public final class TransportNodeMatchAction
    extends HandledTransportAction<NodeMatchRequest, NodeMatchResponse> {
  private final LocalInference local;

  @Inject
  public TransportNodeMatchAction(
      TransportService transportService, ActionFilters actionFilters, LocalInference local) {
    super(
        NodeInferenceActions.MATCH.name(),
        transportService,
        actionFilters,
        NodeMatchRequest::new,
        EsExecutors.DIRECT_EXECUTOR_SERVICE);
    this.local = local;
  }

  @Override
  protected void doExecute(
      Task task, NodeMatchRequest request, ActionListener<NodeMatchResponse> listener) {
    local
        .match(request.request())
        .whenComplete(
            (response, failure) ->
                listener.onResponse(
                    failure == null
                        ? NodeMatchResponse.success(response)
                        : NodeMatchResponse.failure(
                            InferenceFailures.of(failure, local.nodeName()))));
  }
}
