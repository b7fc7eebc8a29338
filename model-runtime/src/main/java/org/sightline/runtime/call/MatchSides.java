package org.sightline.runtime.call;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.sightline.runtime.batch.MatchText;
import org.sightline.runtime.batch.TextFeatures;
import org.sightline.runtime.batch.TextJob;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/**
 * Makes the texts and images of the pairs of one request: cached values are taken from memory, the
 * others go through the model's queues. The caller plans every input, admits the request, then
 * makes each planned input.
 */
final class MatchSides {
  private final LoadedModel model;
  private final Caches caches;
  private final Outcomes<?> request;
  private final boolean comparable;
  private final ImageSides images;

  MatchSides(LoadedModel model, Caches caches, Outcomes<?> request, MatchTrace trace) {
    this.model = model;
    this.caches = caches;
    this.request = request;
    this.images = new ImageSides(model, caches, request, trace);
    this.comparable =
        model.manifest().has(Role.TEXT_EMBEDDING) && model.manifest().has(Role.IMAGE_EMBEDDING);
  }

  /** As {@link ImageSides#plan}. */
  Supplier<CompletableFuture<ImageFeatures>> plan(Image image) {
    return images.plan(image);
  }

  /**
   * Looks a text up, once, and plans its places in the queues.
   *
   * @return makes the text as the matching graph takes it, with its embedding where the model has
   *     one; called once
   */
  Supplier<CompletableFuture<MatchText>> plan(Text text) {
    Embedding known = comparable ? caches.text(model, text.value()) : null;
    Admission admission = request.admission();
    int tokens = model.textStage().mostTokens(text.value());
    Admission.Permit embedding =
        comparable && known == null ? admission.plan(model.texts(), tokens) : null;
    Admission.Permit features =
        model.matchesFeatures() ? admission.plan(model.textFeatures(), tokens) : null;
    return () ->
        (embedding == null ? CompletableFuture.completedFuture(known) : embed(text, embedding))
            .thenCombine(
                features(text, features),
                (vector, made) -> new MatchText(text.value(), model.textStage(), made, vector));
  }

  private CompletableFuture<Embedding> embed(Text text, Admission.Permit permit) {
    TextJob<Embedding> job = new TextJob<>(request, permit, model.textStage(), text.value());
    CompletableFuture<Embedding> made =
        job.result()
            .whenComplete(
                (value, error) -> {
                  if (error == null && request.purpose() != Purpose.INGEST) {
                    caches.keepText(model, text.value(), value);
                  }
                });
    model.texts().submit(job);
    return made;
  }

  /**
   * @param permit null where the matching graph takes ids
   */
  private CompletableFuture<TextFeatures> features(Text text, Admission.Permit permit) {
    if (permit == null) {
      return CompletableFuture.completedFuture(null);
    }
    TextJob<TextFeatures> job = new TextJob<>(request, permit, model.textStage(), text.value());
    model.textFeatures().submit(job);
    return job.result();
  }
}
