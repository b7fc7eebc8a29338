package org.sightline.runtime.call;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.sightline.runtime.batch.ImageJob;
import org.sightline.runtime.batch.MatchText;
import org.sightline.runtime.batch.Once;
import org.sightline.runtime.batch.TextFeatures;
import org.sightline.runtime.batch.TextJob;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.BatchQueue;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/**
 * Makes the texts and images of one request: cached values are taken from memory, the others go
 * through the model's queues. The caller plans every input, which looks it up once, admits the
 * request, and then calls each planned supplier once.
 */
final class Inputs {
  private final LoadedModel model;
  private final Caches caches;
  private final Outcomes<?> request;
  private final MatchTrace trace;

  /**
   * @param trace told where each image's tokens came from
   */
  Inputs(LoadedModel model, Caches caches, Outcomes<?> request, MatchTrace trace) {
    this.model = model;
    this.caches = caches;
    this.request = request;
    this.trace = trace;
  }

  /** Plans the embedding of an image. */
  Supplier<CompletableFuture<Embedding>> embedding(Image image) {
    boolean kept = model.tokensComeWithEmbedding();
    ImageFeatures cached = kept ? caches.peekFeatures(model, image.digest()) : null;
    if (cached != null) {
      return () -> CompletableFuture.completedFuture(cached.embedding());
    }
    // ingest and rerank come back to the same image, a query's picture rarely does
    boolean tokens = kept && request.purpose() != Purpose.SEARCH && caches.keepsTokens();
    Supplier<CompletableFuture<ImageFeatures>> made = make(image, kept, tokens);
    return () -> made.get().thenApply(ImageFeatures::embedding);
  }

  /**
   * Plans the features of an image, with tokens. Cached features are held until the request ends,
   * so that their heap stays counted after eviction.
   */
  Supplier<CompletableFuture<ImageFeatures>> features(Image image) {
    ImageFeatures cached = caches.hold(model, image.digest());
    if (cached == null) {
      return make(image, true, true);
    }
    request.admission().atEnd(() -> caches.release(cached));
    return () -> {
      trace.fromMemory();
      return CompletableFuture.completedFuture(cached);
    };
  }

  /**
   * @param kept whether the features may be on disk
   * @param tokens whether the features must have tokens
   */
  private Supplier<CompletableFuture<ImageFeatures>> make(
      Image image, boolean kept, boolean tokens) {
    if (image.bytes() == null
        && !(kept && caches.disk().has(model.fingerprint(), image.digest()))) {
      return () -> CompletableFuture.failedFuture(imageRequired(image));
    }
    Admission.Permit permit = plan(model.images(), model.imageStage().work(image));
    return () -> {
      long start = System.nanoTime();
      AtomicBoolean read = new AtomicBoolean();
      ImageJob job =
          new ImageJob(
              request,
              permit,
              model.imageStage(),
              image,
              tokens,
              () -> kept ? stored(image, read) : null);
      CompletableFuture<ImageFeatures> made =
          job.result()
              .whenComplete(
                  (value, error) -> {
                    if (error == null && read.get()) {
                      trace.fromDisk();
                    } else if (error == null) {
                      trace.encoded(System.nanoTime() - start);
                    }
                    if (error == null) {
                      caches.keep(model, image.digest(), value);
                    }
                  });
      model.images().submit(job);
      return made;
    };
  }

  /** Reads features from disk; an image without bytes that is not there any more is asked for. */
  private ImageFeatures stored(Image image, AtomicBoolean read) {
    ImageFeatures kept = caches.disk().read(model.fingerprint(), image.digest());
    if (kept == null && image.bytes() == null) {
      throw imageRequired(image);
    }
    read.set(kept != null);
    return kept;
  }

  private InferenceException imageRequired(Image image) {
    return new InferenceException(
        Kind.IMAGE_REQUIRED,
        "the features of image ["
            + image.digest()
            + "] are not cached for model ["
            + model.id()
            + "], send its bytes");
  }

  /** Plans the embedding of a text; a blank one fails. */
  Supplier<CompletableFuture<Embedding>> embedding(Text text) {
    if (text.isBlank()) {
      return Inputs::blank;
    }
    Embedding known = caches.text(model, text.value());
    if (known != null) {
      return () -> CompletableFuture.completedFuture(known);
    }
    Supplier<CompletableFuture<Embedding>> made = make(text, model.texts());
    return () ->
        made.get()
            .whenComplete(
                (value, error) -> {
                  if (error == null && request.purpose() != Purpose.INGEST) {
                    caches.keepText(model, text.value(), value);
                  }
                });
  }

  /**
   * Plans a text as the matching graph takes it, with its embedding where the model has one; a
   * blank one fails.
   */
  Supplier<CompletableFuture<MatchText>> matching(Text text) {
    if (text.isBlank()) {
      return Inputs::blank;
    }
    boolean comparable =
        model.manifest().has(Role.TEXT_EMBEDDING) && model.manifest().has(Role.IMAGE_EMBEDDING);
    Supplier<CompletableFuture<Embedding>> embedding =
        comparable ? embedding(text) : Inputs::nothing;
    Supplier<CompletableFuture<TextFeatures>> features =
        model.matchesFeatures() ? make(text, model.textFeatures()) : Inputs::nothing;
    return () ->
        embedding
            .get()
            .thenCombine(
                features.get(),
                (vector, made) ->
                    new MatchText(
                        new Once<>(() -> model.textStage().matchingIds(text.value())),
                        made,
                        vector));
  }

  /** Queues the job of an input when it is made; closes the permit of an input that gets none. */
  static <T, J extends Job<T>> CompletableFuture<T> queued(
      CompletableFuture<J> made, Admission.Permit permit, BatchQueue<J> queue) {
    return made.whenComplete(
            (job, error) -> {
              if (error != null) {
                permit.close();
              }
            })
        .thenCompose(
            job -> {
              queue.submit(job);
              return job.result();
            });
  }

  private static <T> CompletableFuture<T> blank() {
    return CompletableFuture.failedFuture(InferenceException.invalid(Text.BLANK));
  }

  private static <T> CompletableFuture<T> nothing() {
    return CompletableFuture.completedFuture(null);
  }

  private <T> Supplier<CompletableFuture<T>> make(Text text, BatchQueue<TextJob<T>> queue) {
    Admission.Permit permit = plan(queue, model.textStage().mostTokens(text.value()));
    return () -> {
      TextJob<T> job = new TextJob<>(request, permit, model.textStage(), text.value());
      queue.submit(job);
      return job.result();
    };
  }

  private Admission.Permit plan(BatchQueue<?> queue, long work) {
    return request.admission().plan(queue, work);
  }
}
