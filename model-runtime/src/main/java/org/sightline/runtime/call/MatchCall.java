package org.sightline.runtime.call;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.sightline.runtime.batch.MatchText;
import org.sightline.runtime.batch.PairJob;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/**
 * One request for match scores, on a model that is loaded. The query is made once. A bounded number
 * of inputs is made at a time, so that image tokens on the heap have a bound.
 */
final class MatchCall {
  private final MatchRequest request;
  private final LoadedModel model;
  private final Inputs inputs;
  private final Outcomes<MatchScore> outcomes;
  private final MatchTrace trace;

  /** Makes the score of each input; each is called once. */
  private final List<Supplier<CompletableFuture<MatchScore>>> scores = new ArrayList<>();

  MatchCall(
      MatchRequest request,
      LoadedModel model,
      Inputs inputs,
      Outcomes<MatchScore> outcomes,
      MatchTrace trace) {
    this.request = request;
    this.model = model;
    this.inputs = inputs;
    this.outcomes = outcomes;
    this.trace = trace;
  }

  /**
   * Queues the request, all of it or nothing.
   *
   * @throws InferenceException of kind {@code OVERLOADED}
   */
  void start() {
    switch (request.query()) {
      case Text text -> {
        CompletableFuture<MatchText> query = new CompletableFuture<>();
        for (InferenceInput input : request.inputs()) {
          plan(() -> query, input instanceof Image image ? inputs.features(image) : null);
        }
        begin(inputs.matching(text), query);
      }
      case Image image -> {
        CompletableFuture<ImageFeatures> query = new CompletableFuture<>();
        for (InferenceInput input : request.inputs()) {
          plan(input instanceof Text text ? inputs.matching(text) : null, () -> query);
        }
        begin(inputs.features(image), query);
      }
    }
  }

  /** Plans the pair of one input; the side that is null is of the query's kind. */
  private void plan(
      Supplier<CompletableFuture<MatchText>> text,
      Supplier<CompletableFuture<ImageFeatures>> image) {
    if (text == null || image == null) {
      scores.add(this::sameKind);
      return;
    }
    Admission.Permit permit = outcomes.admission().plan(model.pairs(), 1);
    scores.add(
        () ->
            Inputs.queued(
                text.get()
                    .thenCombine(
                        image.get(),
                        (left, right) -> new PairJob(outcomes, permit, left, right, trace)),
                permit,
                model.pairs()));
  }

  /** Makes the query, without which there is nothing to compare the inputs with, and the pairs. */
  private <T> void begin(Supplier<CompletableFuture<T>> planned, CompletableFuture<T> query) {
    outcomes.admission().admit();
    planned
        .get()
        .whenComplete(
            (value, error) -> {
              if (error == null) {
                query.complete(value);
              } else {
                outcomes.abort(InferenceException.of(error));
                query.completeExceptionally(error);
              }
            });
    outcomes.fill(scores, model.tokensUnderWay());
  }

  private CompletableFuture<MatchScore> sameKind() {
    String kind = request.query() instanceof Text ? "a text" : "an image";
    String expected = request.query() instanceof Text ? "an image" : "a text";
    return CompletableFuture.failedFuture(
        InferenceException.invalid("is " + kind + " like the query, expected " + expected));
  }
}
