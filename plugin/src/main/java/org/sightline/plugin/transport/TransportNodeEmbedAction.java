package org.sightline.plugin.transport;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.HandledTransportAction;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.LocalInference;

/** Embeds with the models of this node. Does not leave the transport thread: inference queues. */
public final class TransportNodeEmbedAction
    extends HandledTransportAction<NodeEmbedRequest, NodeEmbedResponse> {
  private final LocalInference local;

  @Inject
  public TransportNodeEmbedAction(
      TransportService transportService, ActionFilters actionFilters, LocalInference local) {
    super(
        NodeInferenceActions.EMBED.name(),
        transportService,
        actionFilters,
        NodeEmbedRequest::new,
        EsExecutors.DIRECT_EXECUTOR_SERVICE);
    this.local = local;
  }

  @Override
  protected void doExecute(
      Task task, NodeEmbedRequest request, ActionListener<NodeEmbedResponse> listener) {
    local
        .embed(request.request())
        .whenComplete(
            (response, failure) ->
                listener.onResponse(
                    failure == null
                        ? NodeEmbedResponse.success(response)
                        : NodeEmbedResponse.failure(
                            InferenceFailures.of(failure, local.nodeName()))));
  }
}
