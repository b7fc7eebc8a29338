package org.sightline.runtime.call;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.sightline.runtime.batch.CaptionJob;
import org.sightline.runtime.batch.CaptionPlan;
import org.sightline.runtime.batch.Once;
import org.sightline.runtime.bundle.CaptionSpec;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.generation.Decoding;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.BoundedFanOut;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/** One request for captions, on a model that is loaded. */
final class CaptionCall {
  private final CaptionRequest request;
  private final LoadedModel model;
  private final Inputs inputs;
  private final Outcomes<List<Caption>> outcomes;

  CaptionCall(
      CaptionRequest request, LoadedModel model, Caches caches, Outcomes<List<Caption>> outcomes) {
    this.request = request;
    this.model = model;
    this.inputs = new Inputs(model, caches, outcomes, new MatchTrace());
    this.outcomes = outcomes;
  }

  /**
   * Queues the request, all of it or nothing.
   *
   * @throws InferenceException of kind {@code INVALID_INPUT} or {@code OVERLOADED}
   */
  void start() {
    CaptionOptions options = request.options();
    CaptionSpec spec = model.manifest().caption();
    TextSpec text = model.manifest().text();
    Decoding decoding = Decoding.of(options, spec, text.maxLength());
    String prompt = options.prompt() == null ? text.prompt() : options.prompt();
    Supplier<CaptionPlan> plan =
        new Once<>(() -> CaptionPlan.of(decoding, prompt, spec.firstTokenId(), model.textStage()));
    List<Planned> planned = new ArrayList<>();
    for (Image image : request.images()) {
      planned.add(
          new Planned(
              image,
              inputs.features(image),
              outcomes.admission().plan(model.captions(), decoding.mostTokens())));
    }
    outcomes.admission().admit();
    new BoundedFanOut(planned.size(), index -> begin(index, planned.get(index), plan))
        .open(model.tokensUnderWay());
  }

  private record Planned(
      Image image, Supplier<CompletableFuture<ImageFeatures>> features, Admission.Permit permit) {}

  private CompletionStage<?> begin(int index, Planned planned, Supplier<CaptionPlan> plan) {
    return planned
        .features()
        .get()
        .whenComplete((features, error) -> closeOnFailure(planned.permit(), error))
        .thenCompose(
            features -> {
              CaptionJob job =
                  new CaptionJob(outcomes, planned.permit(), plan, features, seed(planned.image()));
              model.captions().submit(job);
              return job.result().whenComplete((captions, error) -> refuse(error));
            })
        .whenComplete((captions, error) -> outcomes.set(index, captions, error));
  }

  /** What is invalid now is the prompt, and so the request: the image is encoded already. */
  private void refuse(Throwable error) {
    if (error != null && InferenceException.of(error).kind() == Kind.INVALID_INPUT) {
      outcomes.abort(InferenceException.of(error));
    }
  }

  /** Closes the permit of an input that gets no job. */
  static void closeOnFailure(Admission.Permit permit, Throwable error) {
    if (error != null) {
      permit.close();
    }
  }

  /** The first 64 bits of the digest. */
  private static long seed(Image image) {
    return Long.parseUnsignedLong(image.digest().substring(0, 16), 16);
  }
}
