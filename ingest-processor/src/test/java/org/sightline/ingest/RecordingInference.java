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
  private final List<Asked<EmbedRequest, EmbedResponse>> embeds = new ArrayList<>();
  private final List<Asked<MatchRequest, MatchResponse>> matches = new ArrayList<>();
  private final List<Asked<CaptionRequest, CaptionResponse>> captions = new ArrayList<>();

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    return record(embeds, request);
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    return record(matches, request);
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    return record(captions, request);
  }

  private static <Q, A> CompletionStage<A> record(List<Asked<Q, A>> asked, Q request) {
    asked.add(new Asked<>(request, new CompletableFuture<>()));
    return asked.get(asked.size() - 1).stage();
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
    return embeds.stream().map(Asked::request).toList();
  }

  void answer(int index) {
    EmbedRequest request = embeds.get(index).request();
    answer(index, request.inputs().stream().map(RecordingInference::outcome).toList());
  }

  void answer(int index, List<Outcome<Embedding>> results) {
    Asked<EmbedRequest, EmbedResponse> asked = embeds.get(index);
    asked.stage().complete(new EmbedResponse(asked.request().modelId(), 3, results));
  }

  void fail(int index, InferenceException failure) {
    embeds.get(index).stage().completeExceptionally(failure);
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
