package org.sightline.runtime.call;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.sightline.runtime.batch.MatchText;
import org.sightline.runtime.batch.TextFeatures;
import org.sightline.runtime.batch.TextJob;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Amount;
import org.sightline.runtime.scheduler.Places;
import org.sightline.runtime.scheduler.RequestContext;
import org.sightline.runtime.stats.MatchTrace;

/**
 * Makes the two sides of the pairs of one request: what is cached is taken from there, the rest
 * goes through the model's queues. First everything is planned, then places are reserved, then each
 * planned side is made.
 */
final class MatchSides {
  private final LoadedModel model;
  private final Caches caches;
  private final RequestContext request;
  private final boolean comparable;
  private final ImageSides images;

  /** Cached when the request was planned; held so that eviction does not take it away. */
  private final Map<String, Embedding> knownTexts = new HashMap<>();

  private Amount embeddings = Amount.NONE;
  private Amount features = Amount.NONE;

  MatchSides(LoadedModel model, Caches caches, RequestContext request, MatchTrace trace) {
    this.model = model;
    this.caches = caches;
    this.request = request;
    this.images = new ImageSides(model, caches, request, trace);
    this.comparable =
        model.manifest().has(Role.TEXT_EMBEDDING) && model.manifest().has(Role.IMAGE_EMBEDDING);
  }

  /** Looks up what is known of an input and counts the places that the rest needs. */
  void plan(InferenceInput input) {
    switch (input) {
      case Image image -> images.plan(image);
      case Text text -> {
        Embedding known = comparable ? caches.text(model, text.value()) : null;
        if (known != null) {
          knownTexts.put(text.value(), known);
        }
        int tokens = model.textStage().mostTokens(text.value());
        embeddings = runs(text) ? embeddings.plusInput(tokens) : embeddings;
        features = model.matchesFeatures() ? features.plusInput(tokens) : features;
      }
    }
  }

  /**
   * Takes all room that the plan needs, or none.
   *
   * @throws InferenceException of kind {@code OVERLOADED}
   */
  void reserve(int pairs) {
    Places places = new Places(request.purpose());
    try {
      places.take(model.pairs(), new Amount(pairs, pairs));
      places.take(model.images(), images.places());
      places.take(model.texts(), embeddings);
      places.take(model.textFeatures(), features);
    } catch (InferenceException e) {
      places.giveBack();
      throw e;
    }
  }

  /** The features of a planned image. */
  CompletableFuture<ImageFeatures> image(Image image) {
    return images.features(image);
  }

  /** A planned text as the matching graph takes it, with its embedding where there is one. */
  CompletableFuture<MatchText> text(Text text) {
    return embedding(text)
        .thenCombine(
            features(text),
            (embedding, made) -> new MatchText(text.value(), model.textStage(), made, embedding));
  }

  private CompletableFuture<Embedding> embedding(Text text) {
    if (!runs(text)) {
      return CompletableFuture.completedFuture(knownTexts.get(text.value()));
    }
    TextJob<Embedding> job = new TextJob<>(request, model.textStage(), text.value());
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

  private CompletableFuture<TextFeatures> features(Text text) {
    if (!model.matchesFeatures()) {
      return CompletableFuture.completedFuture(null);
    }
    TextJob<TextFeatures> job = new TextJob<>(request, model.textStage(), text.value());
    model.textFeatures().submit(job);
    return job.result();
  }

  private boolean runs(Text text) {
    return comparable && !knownTexts.containsKey(text.value());
  }
}
