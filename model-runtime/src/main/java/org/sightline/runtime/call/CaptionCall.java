package org.sightline.runtime.call;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.sightline.runtime.batch.CaptionJob;
import org.sightline.runtime.batch.CaptionPlan;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Amount;
import org.sightline.runtime.scheduler.BoundedFanOut;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.scheduler.Places;
import org.sightline.runtime.stats.MatchTrace;

/** One request for captions, on a model that is loaded. */
final class CaptionCall {
  private final CaptionRequest request;
  private final LoadedModel model;
  private final ImageSides images;
  private final Outcomes<List<Caption>> outcomes;

  CaptionCall(
      CaptionRequest request, LoadedModel model, Caches caches, Outcomes<List<Caption>> outcomes) {
    this.request = request;
    this.model = model;
    this.images = new ImageSides(model, caches, outcomes, new MatchTrace());
    this.outcomes = outcomes;
  }

  /**
   * Queues the request, all of it or nothing.
   *
   * @throws InferenceException of kind {@code INVALID_INPUT} or {@code OVERLOADED}
   */
  void start() {
    CaptionPlan plan = CaptionPlan.of(request.options(), model.manifest(), model.textStage());
    request.images().forEach(images::plan);
    Places places = new Places(request.purpose());
    try {
      int count = request.images().size();
      places.take(model.captions(), new Amount(count, count * plan.tokens()));
      places.take(model.images(), images.places());
    } catch (InferenceException e) {
      places.giveBack();
      throw e;
    }
    new BoundedFanOut(request.images().size(), index -> begin(index, plan))
        .open(model.tokensUnderWay());
  }

  private CompletionStage<?> begin(int index, CaptionPlan plan) {
    Image image = request.images().get(index);
    return images
        .features(image)
        .thenApply(features -> new CaptionJob(outcomes, plan, features, seed(image)))
        .handle((job, error) -> submit(job, error, plan))
        .thenCompose(Function.identity())
        .whenComplete((captions, error) -> outcomes.set(index, captions, error));
  }

  private CompletableFuture<List<Caption>> submit(
      CaptionJob job, Throwable error, CaptionPlan plan) {
    if (error != null) {
      model.captions().unreserve(request.purpose(), new Amount(1, plan.tokens()));
      return CompletableFuture.failedFuture(error);
    }
    model.captions().submit(job);
    return job.result();
  }

  /** The first 64 bits of the digest. */
  private static long seed(Image image) {
    return Long.parseUnsignedLong(image.digest().substring(0, 16), 16);
  }
}
