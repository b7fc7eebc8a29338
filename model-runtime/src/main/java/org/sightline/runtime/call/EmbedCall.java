package org.sightline.runtime.call;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sightline.runtime.batch.ImageJob;
import org.sightline.runtime.batch.TextJob;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Outcomes;

/** One request for embeddings, on a model that is loaded. */
final class EmbedCall {
  private final EmbedRequest request;
  private final LoadedModel model;
  private final Caches caches;
  private final Outcomes<Embedding> outcomes;

  /** Permits of the inputs whose embedding has to be computed, by their index in the request. */
  private final Map<Integer, Admission.Permit> missing = new LinkedHashMap<>();

  EmbedCall(EmbedRequest request, LoadedModel model, Caches caches, Outcomes<Embedding> outcomes) {
    this.request = request;
    this.model = model;
    this.caches = caches;
    this.outcomes = outcomes;
  }

  /**
   * Answers what is known and queues the rest, all of it or nothing.
   *
   * @throws InferenceException of kind {@code OVERLOADED}
   */
  void start() {
    Admission admission = outcomes.admission();
    for (int i = 0; i < request.inputs().size(); i++) {
      if (answered(i)) {
        continue;
      }
      missing.put(
          i,
          switch (request.inputs().get(i)) {
            case Image image -> admission.plan(model.images(), model.imageStage().work(image));
            case Text text ->
                admission.plan(model.texts(), model.textStage().mostTokens(text.value()));
          });
    }
    admission.admit();
    missing.forEach(this::submit);
  }

  private boolean answered(int index) {
    return switch (request.inputs().get(index)) {
      case Text text -> {
        Embedding known = caches.text(model, text.value());
        if (known != null) {
          outcomes.set(index, known, null);
        }
        yield known != null;
      }
      case Image image -> answered(index, image);
    };
  }

  private boolean answered(int index, Image image) {
    boolean cached = model.tokensComeWithEmbedding();
    ImageFeatures known = cached ? caches.peekFeatures(model, image.digest()) : null;
    if (known != null && known.embedding() != null) {
      outcomes.set(index, known.embedding(), null);
      return true;
    }
    if (image.bytes() == null && !onDisk(image)) {
      outcomes.set(index, null, imageRequired(model.id(), image));
      return true;
    }
    return false;
  }

  private void submit(int index, Admission.Permit permit) {
    InferenceInput input = request.inputs().get(index);
    switch (input) {
      case Text text -> {
        TextJob<Embedding> job = new TextJob<>(outcomes, permit, model.textStage(), text.value());
        job.result()
            .whenComplete(
                (embedding, error) -> {
                  if (error == null && request.purpose() != Purpose.INGEST) {
                    caches.keepText(model, text.value(), embedding);
                  }
                  outcomes.set(index, embedding, error);
                });
        model.texts().submit(job);
      }
      case Image image -> {
        // ingest and rerank come back to the same image, a query's picture rarely does
        boolean wantsTokens =
            request.purpose() != Purpose.SEARCH
                && caches.keepsTokens()
                && model.tokensComeWithEmbedding();
        ImageJob job =
            new ImageJob(
                outcomes, permit, model.imageStage(), image, wantsTokens, () -> stored(image));
        job.result()
            .whenComplete(
                (features, error) -> {
                  if (error == null) {
                    caches.keep(model, image.digest(), features);
                  }
                  outcomes.set(index, error == null ? features.embedding() : null, error);
                });
        model.images().submit(job);
      }
    }
  }

  private boolean onDisk(Image image) {
    return model.tokensComeWithEmbedding()
        && caches.disk().has(model.fingerprint(), image.digest());
  }

  private ImageFeatures stored(Image image) {
    ImageFeatures read =
        onDisk(image) ? caches.disk().read(model.fingerprint(), image.digest()) : null;
    if (read == null && image.bytes() == null) {
      throw imageRequired(model.id(), image);
    }
    return read;
  }

  static InferenceException imageRequired(String modelId, Image image) {
    return new InferenceException(
        Kind.IMAGE_REQUIRED,
        "the features of image ["
            + image.digest()
            + "] are not cached for model ["
            + modelId
            + "], send its bytes");
  }
}
