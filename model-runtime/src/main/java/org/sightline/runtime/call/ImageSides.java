package org.sightline.runtime.call;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sightline.runtime.batch.ImageJob;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Amount;
import org.sightline.runtime.scheduler.RequestContext;
import org.sightline.runtime.stats.MatchTrace;

/**
 * Makes the image tokens that one request needs: what is cached is taken from there, the rest goes
 * through the model's queue. First everything is planned, then the caller reserves places, then
 * each planned image is made.
 */
final class ImageSides {
  private final LoadedModel model;
  private final Caches caches;
  private final RequestContext request;
  private final MatchTrace trace;

  /** Cached when the request was planned; held so that eviction does not take it away. */
  private final Map<String, ImageFeatures> known = new HashMap<>();

  private Amount places = Amount.NONE;

  /**
   * @param trace told where each image's tokens came from
   */
  ImageSides(LoadedModel model, Caches caches, RequestContext request, MatchTrace trace) {
    this.model = model;
    this.caches = caches;
    this.request = request;
    this.trace = trace;
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
      if (cached != null) {
        trace.fromMemory();
      }
      return cached != null
          ? CompletableFuture.completedFuture(cached)
          : CompletableFuture.failedFuture(EmbedCall.imageRequired(model.id(), image));
    }
    long start = System.nanoTime();
    AtomicBoolean read = new AtomicBoolean();
    ImageJob job =
        new ImageJob(request, model.imageStage(), image, true, () -> stored(image, read));
    CompletableFuture<ImageFeatures> made =
        job.result()
            .whenComplete(
                (value, error) -> {
                  if (error == null) {
                    if (read.get()) {
                      trace.fromDisk();
                    } else {
                      trace.encoded(System.nanoTime() - start);
                    }
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
  private ImageFeatures stored(Image image, AtomicBoolean read) {
    ImageFeatures kept = caches.disk().read(model.fingerprint(), image.digest());
    if (kept == null && image.bytes() == null) {
      throw EmbedCall.imageRequired(model.id(), image);
    }
    read.set(kept != null);
    return kept;
  }
}
