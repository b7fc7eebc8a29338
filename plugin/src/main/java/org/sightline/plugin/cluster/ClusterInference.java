package org.sightline.plugin.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.sightline.plugin.node.CallerThread;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.limits.HeapAccount;

/**
 * Inference by whichever node of the cluster serves it best: an image by the node that owns its
 * digest, with an accelerator where there is one; a text by this node where it runs models, else by
 * the one with least outstanding. Thread-safe, never blocks; stages complete on a thread of
 * Elasticsearch with the caller's context.
 */
public final class ClusterInference implements Inference {
  private final Supplier<DiscoveryNodes> nodes;
  private final ModelPlaces places;
  private final Function<DiscoveryNode, Inference> inferenceOf;
  private final CallerThread callers;
  private final Routing routing;
  private final HeapAccount heap;
  private final NodeLoad load = new NodeLoad(System::nanoTime);

  /**
   * @param nodes the nodes of the current cluster state
   * @param places where models are
   * @param inferenceOf the inference of a node; its stages complete once, on any thread
   * @param routing told of what is sent
   * @param heap charged for the encoded images of a request until it is answered
   */
  public ClusterInference(
      Supplier<DiscoveryNodes> nodes,
      ModelPlaces places,
      Function<DiscoveryNode, Inference> inferenceOf,
      CallerThread callers,
      Routing routing,
      HeapAccount heap) {
    this.nodes = nodes;
    this.places = places;
    this.inferenceOf = inferenceOf;
    this.callers = callers;
    this.routing = routing;
    this.heap = heap;
  }

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    AtomicInteger dimensions = new AtomicInteger();
    Scatter.Send<Embedding> send =
        (node, positions, attempt) ->
            inferenceOf
                .apply(node)
                .embed(part(request, positions, attempt))
                .thenApply(
                    response -> {
                      dimensions.set(response.dimensions());
                      return response.results();
                    });
    return scatter(request.modelId(), request.inputs(), null, request.deadline(), send)
        .thenApply(results -> new EmbedResponse(request.modelId(), dimensions.get(), results));
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    AtomicReference<MatchStats> stats = new AtomicReference<>(MatchStats.NONE);
    Scatter.Send<MatchScore> send =
        (node, positions, attempt) -> {
          long start = System.nanoTime();
          return inferenceOf
              .apply(node)
              .match(part(request, positions, attempt))
              .whenComplete(
                  (response, failure) ->
                      stats.accumulateAndGet(
                          failure == null
                              ? response.stats()
                              : failover(node, failure, System.nanoTime() - start),
                          MatchStats::beside))
              .thenApply(MatchResponse::results);
        };
    return scatter(request.modelId(), request.inputs(), request.query(), request.deadline(), send)
        .thenApply(results -> new MatchResponse(request.modelId(), results, stats.get()));
  }

  private static MatchStats failover(DiscoveryNode node, Throwable failure, long nanos) {
    InferenceException.Kind kind = InferenceFailures.of(failure, node.getName()).kind();
    return new MatchStats(0, 0, 0, 0, 0, 1, new MatchStats.Failover(node.getName(), kind, nanos));
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    Scatter.Send<List<Caption>> send =
        (node, positions, attempt) ->
            inferenceOf
                .apply(node)
                .caption(part(request, positions, attempt))
                .thenApply(CaptionResponse::results);
    return scatter(request.modelId(), request.images(), null, request.deadline(), send)
        .thenApply(results -> new CaptionResponse(request.modelId(), results));
  }

  private <T> CompletionStage<List<Outcome<T>>> scatter(
      String modelId,
      List<? extends InferenceInput> inputs,
      InferenceInput query,
      Deadline deadline,
      Scatter.Send<T> send) {
    if (inputs.isEmpty()) {
      return CompletableFuture.failedFuture(
          InferenceException.invalid("a request needs at least one input, got none"));
    }
    if (deadline.expired()) {
      return CompletableFuture.failedFuture(
          new InferenceException(
              InferenceException.Kind.DEADLINE_EXCEEDED,
              "the deadline passed before the request was sent"));
    }
    Scatter.Send<T> counted =
        (node, positions, attempt) ->
            load.count(node, positions.size(), () -> send.to(node, positions, attempt));
    IntFunction<List<DiscoveryNode>> nodesFor = nodesFor(modelId, inputs, query);
    long bytes = bytes(query) + inputs.stream().mapToLong(ClusterInference::bytes).sum();
    try {
      heap.take(bytes);
    } catch (InferenceException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletionStage<List<Outcome<T>>> answer =
        new Scatter<>(
                inputs.size(),
                deadline,
                routing,
                nodesFor,
                position -> bytes(query) > 0 || bytes(inputs.get(position)) > 0,
                counted)
            .start();
    return callers.resume(answer.whenComplete((results, failure) -> heap.add(-bytes)));
  }

  /** Length of an image that is sent; 0 for texts and for images that nodes know by digest. */
  private static long bytes(InferenceInput input) {
    return input instanceof InferenceInput.Image image && image.bytes() != null
        ? image.bytes().length
        : 0;
  }

  /**
   * The nodes for the input at each position. An image goes to its owner. A text goes with the
   * query that it is matched with, otherwise with the first image of its request.
   *
   * @param query null where the inputs are not matched
   */
  private IntFunction<List<DiscoveryNode>> nodesFor(
      String modelId, List<? extends InferenceInput> inputs, InferenceInput query) {
    InferenceNodes candidates = new InferenceNodes(nodes.get(), load, places, modelId);
    InferenceInput leader = query == null ? firstImageOrText(inputs) : query;
    List<DiscoveryNode> forTexts =
        switch (leader) {
          case InferenceInput.Image image -> candidates.forImage(image.digest());
          case InferenceInput.Text text -> candidates.forText(text.value());
        };
    return position ->
        inputs.get(position) instanceof InferenceInput.Image image
            ? candidates.forImage(image.digest())
            : forTexts;
  }

  private static InferenceInput firstImageOrText(List<? extends InferenceInput> inputs) {
    for (InferenceInput input : inputs) {
      if (input instanceof InferenceInput.Image) {
        return input;
      }
    }
    return inputs.get(0);
  }

  private static EmbedRequest part(
      EmbedRequest request, List<Integer> positions, Deadline attempt) {
    return new EmbedRequest(
        request.modelId(),
        positions.stream().map(request.inputs()::get).toList(),
        request.purpose(),
        attempt);
  }

  private static CaptionRequest part(
      CaptionRequest request, List<Integer> positions, Deadline attempt) {
    return new CaptionRequest(
        request.modelId(),
        positions.stream().map(request.images()::get).toList(),
        request.options(),
        request.purpose(),
        attempt);
  }

  private static MatchRequest part(
      MatchRequest request, List<Integer> positions, Deadline attempt) {
    return new MatchRequest(
        request.modelId(),
        request.query(),
        positions.stream().map(request.inputs()::get).toList(),
        request.purpose(),
        attempt);
  }
}
