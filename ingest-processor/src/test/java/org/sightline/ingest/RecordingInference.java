package org.sightline.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.Outcome;

/**
 * Keeps requests until the test answers them: the contract between processor and inference, not a
 * model. Vectors are a function of the input, so that a vector in the wrong field is noticed.
 */
final class RecordingInference implements Inference {
  private final List<EmbedRequest> requests = new ArrayList<>();
  private final List<CompletableFuture<EmbedResponse>> stages = new ArrayList<>();
  private final List<Asked<MatchRequest, MatchResponse>> matches = new ArrayList<>();
  private final List<Asked<CaptionRequest, CaptionResponse>> captions = new ArrayList<>();

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    CompletableFuture<EmbedResponse> stage = new CompletableFuture<>();
    requests.add(request);
    stages.add(stage);
    return stage;
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    CompletableFuture<MatchResponse> stage = new CompletableFuture<>();
    matches.add(new Asked<>(request, stage));
    return stage;
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    CompletableFuture<CaptionResponse> stage = new CompletableFuture<>();
    captions.add(new Asked<>(request, stage));
    return stage;
  }

  /** A request, and the stage with which the test answers it. */
  record Asked<Q, A>(Q request, CompletableFuture<A> stage) {}

  List<Asked<MatchRequest, MatchResponse>> matches() {
    return matches;
  }

  List<Asked<CaptionRequest, CaptionResponse>> captions() {
    return captions;
  }

  List<EmbedRequest> requests() {
    return requests;
  }

  void answer(int index) {
    EmbedRequest request = requests.get(index);
    answer(index, request.inputs().stream().map(RecordingInference::outcome).toList());
  }

  void answer(int index, List<Outcome<Embedding>> results) {
    stages.get(index).complete(new EmbedResponse(requests.get(index).modelId(), 3, results));
  }

  void fail(int index, InferenceException failure) {
    stages.get(index).completeExceptionally(failure);
  }

  static Outcome<Embedding> outcome(InferenceInput input) {
    return Outcome.success(new Embedding(List.of(vector(input))));
  }

  static float[] vector(InferenceInput input) {
    return switch (input) {
      case InferenceInput.Text text -> new float[] {1, text.value().hashCode(), 0};
      case InferenceInput.Image image -> new float[] {2, image.digest().hashCode(), 0};
    };
  }

  static List<Float> boxedVector(InferenceInput input) {
    float[] vector = vector(input);
    return List.of(vector[0], vector[1], vector[2]);
  }
}
