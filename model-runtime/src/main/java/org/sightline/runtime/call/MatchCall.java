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
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.BoundedFanOut;
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
      Caches caches,
      Outcomes<MatchScore> outcomes,
      MatchTrace trace) {
    this.request = request;
    this.model = model;
    this.inputs = new Inputs(model, caches, outcomes, trace);
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
          if (input instanceof Image image) {
            Admission.Permit permit = planPair();
            Supplier<CompletableFuture<ImageFeatures>> features = inputs.features(image);
            scores.add(() -> pair(permit, query, features.get()));
          } else {
            scores.add(this::sameKind);
          }
        }
        begin(inputs.matching(text), query);
      }
      case Image image -> {
        CompletableFuture<ImageFeatures> query = new CompletableFuture<>();
        for (InferenceInput input : request.inputs()) {
          if (input instanceof Text text) {
            Admission.Permit permit = planPair();
            Supplier<CompletableFuture<MatchText>> made = inputs.matching(text);
            scores.add(() -> pair(permit, made.get(), query));
          } else {
            scores.add(this::sameKind);
          }
        }
        begin(inputs.features(image), query);
      }
    }
  }

  private Admission.Permit planPair() {
    return outcomes.admission().plan(model.pairs(), 1);
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
    new BoundedFanOut(
            scores.size(),
            index ->
                scores
                    .get(index)
                    .get()
                    .whenComplete((score, error) -> outcomes.set(index, score, error)))
        .open(model.tokensUnderWay());
  }

  private CompletableFuture<MatchScore> pair(
      Admission.Permit permit,
      CompletableFuture<MatchText> text,
      CompletableFuture<ImageFeatures> image) {
    return text.thenCombine(
            image, (left, right) -> new PairJob(outcomes, permit, left, right, trace))
        .whenComplete((job, error) -> CaptionCall.closeOnFailure(permit, error))
        .thenCompose(
            job -> {
              model.pairs().submit(job);
              return job.result();
            });
  }

  private CompletableFuture<MatchScore> sameKind() {
    String kind = request.query() instanceof Text ? "a text" : "an image";
    String expected = request.query() instanceof Text ? "an image" : "a text";
    return CompletableFuture.failedFuture(
        InferenceException.invalid("is " + kind + " like the query, expected " + expected));
  }
}
