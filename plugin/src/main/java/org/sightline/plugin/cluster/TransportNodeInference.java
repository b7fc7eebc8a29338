package org.sightline.plugin.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionListenerResponseHandler;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.support.ListenerTimeouts;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.RemoteTransportClient;
import org.elasticsearch.transport.TransportRequest;
import org.sightline.inference.Deadline;
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.InferenceException;
import org.sightline.inference.MatchRequest;
import org.sightline.inference.MatchResponse;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.transport.NodeEmbedRequest;
import org.sightline.plugin.transport.NodeEmbedResponse;
import org.sightline.plugin.transport.NodeInferenceActions;
import org.sightline.plugin.transport.NodeMatchRequest;
import org.sightline.plugin.transport.NodeMatchResponse;

/** This node's runtime where the node is this one, otherwise a message to it. */
public final class TransportNodeInference implements NodeInference {
  private final LocalInference local;
  private final Supplier<String> localNodeId;
  private final RemoteTransportClient client;
  private final ThreadPool threadPool;
  private final Executor responses;

  /**
   * @param localNodeId asked at each request, because the node gets its id after its components
   */
  public TransportNodeInference(
      LocalInference local,
      Supplier<String> localNodeId,
      RemoteTransportClient client,
      ThreadPool threadPool) {
    this.local = local;
    this.localNodeId = localNodeId;
    this.client = client;
    this.threadPool = threadPool;
    this.responses = threadPool.generic();
  }

  @Override
  public CompletionStage<EmbedResponse> embed(DiscoveryNode node, EmbedRequest request) {
    if (node.getId().equals(localNodeId.get())) {
      return local.embed(request);
    }
    return send(
        node,
        NodeInferenceActions.EMBED.name(),
        new NodeEmbedRequest(request),
        request.deadline(),
        NodeEmbedResponse::read,
        NodeEmbedResponse::orThrow);
  }

  @Override
  public CompletionStage<MatchResponse> match(DiscoveryNode node, MatchRequest request) {
    if (node.getId().equals(localNodeId.get())) {
      return local.match(request);
    }
    return send(
        node,
        NodeInferenceActions.MATCH.name(),
        new NodeMatchRequest(request),
        request.deadline(),
        NodeMatchResponse::read,
        NodeMatchResponse::orThrow);
  }

  private <R extends ActionResponse, T> CompletionStage<T> send(
      DiscoveryNode node,
      String action,
      TransportRequest request,
      Deadline deadline,
      Writeable.Reader<R> reader,
      Function<R, T> result) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    long millis = deadline.remaining().toMillis();
    if (millis <= 0) {
      stage.completeExceptionally(late(node));
      return stage;
    }
    // the node gives up at the same deadline and says why; this is for an answer that never comes
    ActionListener<R> listener =
        ListenerTimeouts.wrapWithTimeout(
            threadPool,
            TimeValue.timeValueMillis(millis),
            responses,
            ActionListener.<R>wrap(
                response -> stage.complete(result.apply(response)), stage::completeExceptionally),
            timedOut -> stage.completeExceptionally(late(node)));
    try {
      client.sendRequest(
          node, action, request, new ActionListenerResponseHandler<>(listener, reader, responses));
    } catch (RuntimeException e) {
      listener.onFailure(e);
    }
    return stage;
  }

  private static InferenceException late(DiscoveryNode node) {
    return new InferenceException(
        InferenceException.Kind.DEADLINE_EXCEEDED,
        "node [" + node.getName() + "] did not answer before the deadline");
  }
}
