package org.sightline.runtime.call;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.sightline.runtime.batch.CaptionJob;
import org.sightline.runtime.batch.CaptionPlan;
import org.sightline.runtime.batch.Once;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.generation.Decoding;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Outcomes;

/** Requests for captions, on a model that is loaded. */
final class CaptionCall {
  private CaptionCall() {}

  /**
   * Queues a request, all of it or nothing.
   *
   * @throws InferenceException of kind {@code INVALID_INPUT} or {@code OVERLOADED}
   */
  static void start(
      CaptionRequest request, LoadedModel model, Inputs inputs, Outcomes<List<Caption>> outcomes) {
    CaptionOptions options = request.options();
    TextSpec text = model.manifest().text();
    Decoding decoding = Decoding.of(options, model.manifest().caption(), text.maxLength());
    String prompt = options.prompt() == null ? text.prompt() : options.prompt();
    Supplier<CaptionPlan> plan = new Once<>(() -> plan(decoding, prompt, model, outcomes));
    List<Supplier<CompletableFuture<List<Caption>>>> captions = new ArrayList<>();
    for (Image image : request.images()) {
      Supplier<CompletableFuture<ImageFeatures>> features = inputs.features(image);
      Admission.Permit permit = outcomes.admission().plan(model.captions(), decoding.mostTokens());
      captions.add(
          () ->
              Inputs.queued(
                  features
                      .get()
                      .thenApply(made -> new CaptionJob(outcomes, permit, plan, made, seed(image))),
                  permit,
                  model.captions()));
    }
    outcomes.admission().admit();
    outcomes.fill(captions, model.tokensUnderWay());
  }

  /** Tokenizes the prompt; where it leaves no room the request is refused. */
  private static CaptionPlan plan(
      Decoding decoding, String prompt, LoadedModel model, Outcomes<?> outcomes) {
    try {
      int first = model.manifest().caption().firstTokenId();
      return CaptionPlan.of(decoding, prompt, first, model.textStage());
    } catch (InferenceException e) {
      outcomes.abort(e);
      throw e;
    }
  }

  /** The first 64 bits of the digest. */
  private static long seed(Image image) {
    return Long.parseUnsignedLong(image.digest().substring(0, 16), 16);
  }
}
