package org.sightline.plugin.transport;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.HandledTransportAction;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.LocalInference;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;

/**
 * Serves a {@link NodeCall} with the models of this node. Does not leave the transport thread:
 * inference queues. Injection needs a class for each action; the nested ones are those.
 */
public abstract class TransportNodeAction<Q, A>
    extends HandledTransportAction<NodeRequest<Q>, NodeAnswer<A>> {
  private final NodeCall<Q, A> call;
  private final LocalInference local;

  private TransportNodeAction(
      NodeCall<Q, A> call,
      TransportService transportService,
      ActionFilters actionFilters,
      LocalInference local) {
    super(
        call.action().name(),
        transportService,
        actionFilters,
        NodeRequest.reader(call),
        EsExecutors.DIRECT_EXECUTOR_SERVICE);
    this.call = call;
    this.local = local;
  }

  @Override
  protected void doExecute(
      Task task, NodeRequest<Q> request, ActionListener<NodeAnswer<A>> listener) {
    long start = System.nanoTime();
    call.serve()
        .apply(local, request.body())
        .whenComplete(
            (result, failure) ->
                listener.onResponse(
                    new NodeAnswer<>(
                        call,
                        request.format(),
                        result,
                        failure == null ? null : InferenceFailures.of(failure, local.nodeName()),
                        System.nanoTime() - start)));
  }

  /** Embeds. */
  public static final class Embed extends TransportNodeAction<EmbedRequest, EmbedResponse> {
    @Inject
    public Embed(
        TransportService transportService, ActionFilters actionFilters, LocalInference local) {
      super(NodeCall.EMBED, transportService, actionFilters, local);
    }
  }

  /** Captions. */
  public static final class Caption extends TransportNodeAction<CaptionRequest, CaptionResponse> {
    @Inject
    public Caption(
        TransportService transportService, ActionFilters actionFilters, LocalInference local) {
      super(NodeCall.CAPTION, transportService, actionFilters, local);
    }
  }

  /** Matches. */
  public static final class Match extends TransportNodeAction<MatchRequest, MatchResponse> {
    @Inject
    public Match(
        TransportService transportService, ActionFilters actionFilters, LocalInference local) {
      super(NodeCall.MATCH, transportService, actionFilters, local);
    }
  }
}
