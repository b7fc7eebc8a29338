package org.sightline.plugin.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.sightline.plugin.node.CallerThread;
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
import org.sightline.runtime.inference.Outcome;

/**
 * Inference by whichever node of the cluster serves it best: an image by the node that owns its
 * digest, with an accelerator where there is one; a text by this node where it runs models, else by
 * the one with least outstanding. Thread-safe, never blocks; stages complete on a thread of
 * Elasticsearch with the caller's context.
 */
public final class ClusterInference implements Inference {
  private final Supplier<DiscoveryNodes> nodes;
  private final ModelPlaces places;
  private final NodeInference nodeInference;
  private final CallerThread callers;
  private final Routing routing;
  private final NodeLoad load = new NodeLoad(System::nanoTime);

  /**
   * @param nodes the nodes of the current cluster state
   * @param places where models are
   * @param routing told of what is sent
   */
  public ClusterInference(
      Supplier<DiscoveryNodes> nodes,
      ModelPlaces places,
      NodeInference nodeInference,
      CallerThread callers,
      Routing routing) {
    this.nodes = nodes;
    this.places = places;
    this.nodeInference = nodeInference;
    this.callers = callers;
    this.routing = routing;
  }

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    AtomicInteger dimensions = new AtomicInteger();
    Scatter.Send<Embedding> send =
        (node, positions, attempt) ->
            nodeInference
                .embed(node, part(request, positions, attempt))
                .thenApply(
                    response -> {
                      dimensions.set(response.dimensions());
                      return response.results();
                    });
    return scatter(request.inputs(), request.deadline(), () -> embedders(request), send)
        .thenApply(results -> new EmbedResponse(request.modelId(), dimensions.get(), results));
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    MatchRoute route = new MatchRoute();
    Scatter.Send<MatchScore> send =
        (node, positions, attempt) ->
            route
                .follow(node, nodeInference.match(node, part(request, positions, attempt)))
                .thenApply(MatchResponse::results);
    return scatter(request.inputs(), request.deadline(), () -> matchers(request), send)
        .thenApply(results -> new MatchResponse(request.modelId(), results, route.stats()));
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    Scatter.Send<List<Caption>> send =
        (node, positions, attempt) ->
            nodeInference
                .caption(node, part(request, positions, attempt))
                .thenApply(CaptionResponse::results);
    return scatter(request.images(), request.deadline(), () -> captioners(request), send)
        .thenApply(results -> new CaptionResponse(request.modelId(), results));
  }

  private InferenceNodes candidates(String modelId) {
    return new InferenceNodes(nodes.get(), load, places, modelId);
  }

  private <T> CompletionStage<List<Outcome<T>>> scatter(
      List<? extends InferenceInput> inputs,
      Deadline deadline,
      Supplier<IntFunction<List<DiscoveryNode>>> nodesFor,
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
    return callers.resume(
        new Scatter<>(inputs.size(), deadline, routing, nodesFor.get(), counted).start());
  }

  /** Images go to their owners, and the texts of a request that has images go with the first. */
  private IntFunction<List<DiscoveryNode>> embedders(EmbedRequest request) {
    InferenceNodes candidates = candidates(request.modelId());
    List<InferenceInput> inputs = request.inputs();
    InferenceInput first =
        inputs.stream()
            .filter(input -> input instanceof InferenceInput.Image)
            .findFirst()
            .orElse(inputs.get(0));
    List<DiscoveryNode> forTexts = nodesFor(candidates, first);
    return position ->
        inputs.get(position) instanceof InferenceInput.Image image
            ? candidates.forImage(image.digest())
            : forTexts;
  }

  /** A match goes to the owner of its image, whichever side the image is on. */
  private IntFunction<List<DiscoveryNode>> matchers(MatchRequest request) {
    InferenceNodes candidates = candidates(request.modelId());
    List<InferenceInput> inputs = request.inputs();
    List<DiscoveryNode> forQuery = nodesFor(candidates, request.query());
    return position ->
        inputs.get(position) instanceof InferenceInput.Image image
            ? candidates.forImage(image.digest())
            : forQuery;
  }

  private IntFunction<List<DiscoveryNode>> captioners(CaptionRequest request) {
    InferenceNodes candidates = candidates(request.modelId());
    return position -> candidates.forImage(request.images().get(position).digest());
  }

  private static List<DiscoveryNode> nodesFor(InferenceNodes candidates, InferenceInput input) {
    return switch (input) {
      case InferenceInput.Image image -> candidates.forImage(image.digest());
      case InferenceInput.Text text -> candidates.forText(text.value());
    };
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
