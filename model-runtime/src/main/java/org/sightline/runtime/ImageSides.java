package org.sightline.runtime;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.sightline.features.ImageFeatures;
import org.sightline.inference.InferenceInput.Image;

/**
 * Makes the image tokens that one request needs: what is cached is taken from there, the rest goes
 * through the model's queue. First everything is planned, then the caller reserves places, then
 * each planned image is made.
 */
final class ImageSides {
  private final LoadedModel model;
  private final Caches caches;
  private final RequestContext request;

  /** Cached when the request was planned; held so that eviction does not take it away. */
  private final Map<String, ImageFeatures> known = new HashMap<>();

  private Amount places = Amount.NONE;

  ImageSides(LoadedModel model, Caches caches, RequestContext request) {
    this.model = model;
    this.caches = caches;
    this.request = request;
  }

  /** Looks up what is known of an image and counts the room that it else needs. */
  void plan(Image image) {
    ImageFeatures cached = caches.features(model, image.digest());
    if (cached != null) {
      known.put(image.digest(), cached);
    }
    if (runs(image)) {
      places = places.plusInput(model.imageStage().work(image));
    }
  }

  /** Room in {@link LoadedModel#images} that the plan needs. */
  Amount places() {
    return places;
  }

  /** The features of a planned image. */
  CompletableFuture<ImageFeatures> features(Image image) {
    if (!runs(image)) {
      ImageFeatures cached = known.get(image.digest());
      return cached != null
          ? CompletableFuture.completedFuture(cached)
          : CompletableFuture.failedFuture(EmbedCall.imageRequired(model.id(), image));
    }
    ImageJob job = new ImageJob(request, model.imageStage(), image, true, () -> stored(image));
    CompletableFuture<ImageFeatures> made =
        job.result()
            .whenComplete(
                (value, error) -> {
                  if (error == null) {
                    caches.keep(model, image.digest(), value);
                  }
                });
    model.images().submit(job);
    return made;
  }

  /** Whether a place in the queue is needed: for a run of the graph, or for reading the disk. */
  private boolean runs(Image image) {
    return !known.containsKey(image.digest())
        && (image.bytes() != null || caches.disk().has(model.fingerprint(), image.digest()));
  }

  /** What the disk has; an image without bytes that turns out not to be there is asked for. */
  private ImageFeatures stored(Image image) {
    ImageFeatures read = caches.disk().read(model.fingerprint(), image.digest());
    if (read == null && image.bytes() == null) {
      throw EmbedCall.imageRequired(model.id(), image);
    }
    return read;
  }
}
