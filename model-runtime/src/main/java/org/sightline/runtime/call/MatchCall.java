package org.sightline.runtime.call;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
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
import org.sightline.runtime.scheduler.Amount;
import org.sightline.runtime.scheduler.BoundedFanOut;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/**
 * One request for match scores, on a model that is loaded. The query's side is made once, the
 * inputs' sides so many at a time, so that image tokens on the heap have a bound.
 */
final class MatchCall {
  private final MatchRequest request;
  private final LoadedModel model;
  private final MatchSides sides;
  private final Outcomes<MatchScore> outcomes;
  private final MatchTrace trace;

  MatchCall(
      MatchRequest request,
      LoadedModel model,
      Caches caches,
      Outcomes<MatchScore> outcomes,
      MatchTrace trace) {
    this.request = request;
    this.model = model;
    this.sides = new MatchSides(model, caches, outcomes, trace);
    this.outcomes = outcomes;
    this.trace = trace;
  }

  /**
   * Queues the request, all of it or nothing.
   *
   * @throws InferenceException of kind {@code OVERLOADED}
   */
  void start() {
    sides.plan(request.query());
    int pairs = 0;
    for (InferenceInput input : request.inputs()) {
      if (fits(input)) {
        sides.plan(input);
        pairs++;
      }
    }
    sides.reserve(pairs);
    switch (request.query()) {
      case Text text -> {
        CompletableFuture<MatchText> query = sides.text(text);
        abortOnFailure(query);
        open(input -> pair(query, sides.image((Image) input)));
      }
      case Image image -> {
        CompletableFuture<ImageFeatures> query = sides.image(image);
        abortOnFailure(query);
        open(input -> pair(sides.text((Text) input), query));
      }
    }
  }

  /** Without the query there is nothing to compare the inputs with. */
  private void abortOnFailure(CompletableFuture<?> query) {
    query.whenComplete(
        (value, error) -> {
          if (error != null) {
            outcomes.abort(Outcomes.asInferenceException(error));
          }
        });
  }

  private void open(Function<InferenceInput, CompletableFuture<MatchScore>> score) {
    new BoundedFanOut(request.inputs().size(), index -> begin(index, score))
        .open(model.tokensUnderWay());
  }

  private CompletionStage<?> begin(
      int index, Function<InferenceInput, CompletableFuture<MatchScore>> score) {
    InferenceInput input = request.inputs().get(index);
    CompletableFuture<MatchScore> result =
        fits(input) ? score.apply(input) : CompletableFuture.failedFuture(sameKind());
    return result.whenComplete((value, error) -> outcomes.set(index, value, error));
  }

  private CompletableFuture<MatchScore> pair(
      CompletableFuture<MatchText> text, CompletableFuture<ImageFeatures> image) {
    return text.thenCombine(image, (left, right) -> new PairJob(outcomes, left, right, trace))
        .handle(this::submit)
        .thenCompose(Function.identity());
  }

  private CompletableFuture<MatchScore> submit(PairJob job, Throwable error) {
    if (error != null) {
      model.pairs().unreserve(request.purpose(), new Amount(1, 1));
      return CompletableFuture.failedFuture(error);
    }
    model.pairs().submit(job);
    return job.result();
  }

  private boolean fits(InferenceInput input) {
    return request.query() instanceof Text ? input instanceof Image : input instanceof Text;
  }

  private InferenceException sameKind() {
    String kind = request.query() instanceof Text ? "a text" : "an image";
    String expected = request.query() instanceof Text ? "an image" : "a text";
    return InferenceException.invalid("is " + kind + " like the query, expected " + expected);
  }
}
