package org.sightline.runtime.call;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.sightline.runtime.batch.ImageJob;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/**
 * Makes the image tokens that one request needs: cached tokens are taken from memory, the others go
 * through the model's queue. The caller plans every image, admits the request, then makes each
 * planned image.
 */
final class ImageSides {
  private final LoadedModel model;
  private final Caches caches;
  private final Outcomes<?> request;
  private final MatchTrace trace;

  /**
   * @param trace told where each image's tokens came from
   */
  ImageSides(LoadedModel model, Caches caches, Outcomes<?> request, MatchTrace trace) {
    this.model = model;
    this.caches = caches;
    this.request = request;
    this.trace = trace;
  }

  /**
   * Looks an image up, once, and plans its place in the queue where it needs one. Cached tokens are
   * held until the request ends, so that eviction does not take them away.
   *
   * @return makes the image's features; called once
   */
  Supplier<CompletableFuture<ImageFeatures>> plan(Image image) {
    ImageFeatures cached = caches.hold(model, image.digest());
    if (cached != null) {
      request.admission().atEnd(() -> caches.release(cached));
      return () -> {
        trace.fromMemory();
        return CompletableFuture.completedFuture(cached);
      };
    }
    if (image.bytes() == null && !caches.disk().has(model.fingerprint(), image.digest())) {
      return () -> CompletableFuture.failedFuture(EmbedCall.imageRequired(model.id(), image));
    }
    Admission.Permit permit =
        request.admission().plan(model.images(), model.imageStage().work(image));
    return () -> make(image, permit);
  }

  private CompletableFuture<ImageFeatures> make(Image image, Admission.Permit permit) {
    long start = System.nanoTime();
    AtomicBoolean read = new AtomicBoolean();
    ImageJob job =
        new ImageJob(request, permit, model.imageStage(), image, true, () -> stored(image, read));
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

  /** Reads tokens from disk; an image without bytes that is not there any more is asked for. */
  private ImageFeatures stored(Image image, AtomicBoolean read) {
    ImageFeatures kept = caches.disk().read(model.fingerprint(), image.digest());
    if (kept == null && image.bytes() == null) {
      throw EmbedCall.imageRequired(model.id(), image);
    }
    read.set(kept != null);
    return kept;
  }
}
