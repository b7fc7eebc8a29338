package org.sightline.plugin.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionListenerResponseHandler;
import org.elasticsearch.action.support.ListenerTimeouts;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.plugin.transport.NodeAnswer;
import org.sightline.plugin.transport.NodeCall;
import org.sightline.plugin.transport.NodeRequest;
import org.sightline.plugin.transport.NodeTransport;
import org.sightline.query.task.RunningSearch;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.Purpose;

/** Inference of a node: this node's runtime, or messages to another node. Never blocks. */
public final class TransportNodeInference {
  private final LocalInference local;
  private final Supplier<String> localNodeId;
  private final NodeTransport client;
  private final ThreadPool threadPool;
  private final Routing routing;
  private final Executor responses;

  /**
   * @param localNodeId asked at each request, because the node gets its id after its components
   * @param routing told of what goes to other nodes
   */
  public TransportNodeInference(
      LocalInference local,
      Supplier<String> localNodeId,
      NodeTransport client,
      ThreadPool threadPool,
      Routing routing) {
    this.local = local;
    this.localNodeId = localNodeId;
    this.client = client;
    this.threadPool = threadPool;
    this.routing = routing;
    this.responses = threadPool.generic();
  }

  /** The inference of a node. */
  public Inference on(DiscoveryNode node) {
    return new Inference() {
      @Override
      public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
        return ask(node, NodeCall.EMBED, request, request.purpose(), request.inputs());
      }

      @Override
      public CompletionStage<MatchResponse> match(MatchRequest request) {
        List<InferenceInput> inputs = new ArrayList<>(request.inputs());
        inputs.add(request.query());
        return ask(node, NodeCall.MATCH, request, request.purpose(), inputs);
      }

      @Override
      public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
        return ask(node, NodeCall.CAPTION, request, request.purpose(), request.images());
      }
    };
  }

  private <Q, A> CompletionStage<A> ask(
      DiscoveryNode node,
      NodeCall<Q, A> call,
      Q request,
      Purpose purpose,
      List<? extends InferenceInput> inputs) {
    CompletableFuture<A> stage = new CompletableFuture<>();
    long millis = call.deadline().apply(request).remaining().toMillis();
    if (millis <= 0) {
      stage.completeExceptionally(InferenceFailures.silence(node.getName()));
      return stage;
    }
    // the node gives up at the same deadline and says why; this is for an answer that never comes
    ActionListener<A> listener =
        ListenerTimeouts.wrapWithTimeout(
            threadPool,
            TimeValue.timeValueMillis(millis),
            responses,
            ActionListener.wrap(stage::complete, stage::completeExceptionally),
            timedOut -> stage.completeExceptionally(InferenceFailures.silence(node.getName())));
    if (node.getId().equals(localNodeId.get())) {
      serve(call, request, listener);
    } else {
      routing.sentAway(purpose, inputs);
      send(node, call, request, listener);
    }
    return stage;
  }

  private <Q, A> void serve(NodeCall<Q, A> call, Q request, ActionListener<A> listener) {
    // another node has a task of its own for that
    RunningSearch.of(threadPool.getThreadContext()).abandons(call.deadline().apply(request));
    call.serve()
        .apply(local, request)
        .whenComplete(
            (answer, failure) -> {
              if (failure == null) {
                listener.onResponse(answer);
              } else {
                listener.onFailure(InferenceFailures.of(failure, local.nodeName()));
              }
            });
  }

  private <Q, A> void send(
      DiscoveryNode node, NodeCall<Q, A> call, Q request, ActionListener<A> listener) {
    long start = System.nanoTime();
    ActionListener<NodeAnswer<A>> answers =
        listener.delegateFailureAndWrap(
            (l, answer) -> {
              routing.transported(System.nanoTime() - start - answer.tookNanos());
              l.onResponse(answer.orThrow());
            });
    NodeRequest<Q> message = new NodeRequest<>(call, node, request);
    message.setParentTask(RunningSearch.of(threadPool.getThreadContext()).id());
    try {
      client.sendRequest(
          node,
          call.action().name(),
          message,
          new ActionListenerResponseHandler<>(answers, NodeAnswer.reader(call), responses));
    } catch (RuntimeException e) {
      listener.onFailure(e);
    }
  }
}
