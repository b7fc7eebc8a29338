package org.sightline.runtime.zeroshot;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.inference.VectorMath;

/**
 * Classifies with the embeddings of a dual encoder. Embedded labels are shared by all who ask for
 * them, so a stage may complete on the thread of another request.
 */
public final class ZeroShotClassifier implements Classifier {
  /** At 1,024 dimensions these take 80 MB. */
  private static final int MAX_CACHED_LABELS = 20_000;

  private final Supplier<Inference> inference;
  private final Supplier<ModelCatalog> models;
  private final int maxInputs;
  private final LabelCache cache = new LabelCache(MAX_CACHED_LABELS);

  /**
   * @param inference asked at each request
   * @param models asked at each request
   * @param maxInputs most inputs of a request to inference
   */
  public ZeroShotClassifier(
      Supplier<Inference> inference, Supplier<ModelCatalog> models, int maxInputs) {
    this.inference = inference;
    this.models = models;
    this.maxInputs = maxInputs;
  }

  @Override
  public CompletionStage<List<Outcome<List<LabelProbability>>>> classify(ClassifyRequest request) {
    ModelInfo model = requireUsable(models.get(), request.modelId());
    // both begin here: what goes on after another request's labels would run as that request
    return labels(model, request)
        .thenCombine(
            embed(request, request.deadline(), List.copyOf(request.images())),
            ZeroShotClassifier::classify);
  }

  @Override
  public CompletionStage<List<LabelProbability>> classify(
      ClassifyRequest request, Embedding image) {
    ModelInfo model = requireUsable(models.get(), request.modelId());
    Embedding checked =
        new Embedding(image.vectors().stream().map(vector -> normalised(model, vector)).toList());
    return labels(model, request).thenApply(labels -> labels.classify(checked));
  }

  /**
   * The model, which can be asked.
   *
   * @throws InferenceException of kind {@code UNKNOWN_MODEL} or {@code UNSUPPORTED}
   */
  public static ModelInfo requireUsable(ModelCatalog models, String modelId) {
    ModelInfo model = models.require(modelId);
    for (Role role : List.of(Role.IMAGE_EMBEDDING, Role.TEXT_EMBEDDING)) {
      if (!model.has(role)) {
        throw new InferenceException(
            InferenceException.Kind.UNSUPPORTED,
            "classification needs the role ["
                + role.id()
                + "], model ["
                + model.id()
                + "] has "
                + new TreeSet<>(model.roles().stream().map(Role::id).toList()));
      }
    }
    if (model.logitScale() == 0) {
      throw new InferenceException(
          InferenceException.Kind.UNSUPPORTED,
          "classification needs the scale that the model learned, the manifest of model ["
              + model.id()
              + "] has no [logit_scale]: import it again with --logit-scale and --logit-bias");
    }
    return model;
  }

  private static float[] normalised(ModelInfo model, float[] vector) {
    if (vector.length != model.dimensions()) {
      throw InferenceException.invalid(
          "has "
              + vector.length
              + " dimensions, those of model ["
              + model.id()
              + "] have "
              + model.dimensions());
    }
    double norm = VectorMath.norm(vector);
    if (!(norm > 0 && Double.isFinite(norm))) {
      throw InferenceException.invalid("has the length " + norm + ", expected one above 0");
    }
    return VectorMath.divided(vector, norm);
  }

  private static List<Outcome<List<LabelProbability>>> classify(
      LabelEmbeddings labels, List<Outcome<Embedding>> images) {
    List<Outcome<List<LabelProbability>>> results = new ArrayList<>(images.size());
    for (Outcome<Embedding> image : images) {
      results.add(
          switch (image) {
            case Outcome.Success<Embedding> success ->
                Outcome.success(labels.classify(success.value()));
            case Outcome.Failure<Embedding> failure -> Outcome.failure(failure.error());
          });
    }
    return results;
  }

  private CompletionStage<LabelEmbeddings> labels(ModelInfo model, ClassifyRequest request) {
    LabelCache.Shared shared =
        cache.get(
            model,
            request.labels(),
            request.deadline(),
            deadline -> {
              List<InferenceInput> texts = new ArrayList<>();
              request.labels().texts().forEach(text -> texts.add(new InferenceInput.Text(text)));
              return embed(request, deadline, texts)
                  .thenApply(
                      embedded ->
                          LabelEmbeddings.of(
                              model,
                              request.labels(),
                              embedded.stream().map(Outcome::orThrow).toList()));
            });
    return shared.mine()
        ? shared.stage()
        : shared
            .stage()
            .exceptionallyCompose(
                failure ->
                    givenUp(failure) && !request.deadline().expired()
                        ? labels(model, request)
                        : CompletableFuture.failedFuture(failure));
  }

  /**
   * Whether work ended because the caller that began it waits no more: another node sees no other
   * caller.
   */
  private static boolean givenUp(Throwable failure) {
    return switch (InferenceException.of(failure).kind()) {
      case DEADLINE_EXCEEDED, CANCELLED -> true;
      default -> false;
    };
  }

  /** Embeds any number of inputs, one request after the other. */
  private CompletionStage<List<Outcome<Embedding>>> embed(
      ClassifyRequest request, Deadline deadline, List<InferenceInput> inputs) {
    CompletionStage<List<Outcome<Embedding>>> all =
        CompletableFuture.completedFuture(new ArrayList<>(inputs.size()));
    for (int start = 0; start < inputs.size(); start += maxInputs) {
      List<InferenceInput> part = inputs.subList(start, Math.min(inputs.size(), start + maxInputs));
      all =
          all.thenCompose(
              before ->
                  inference
                      .get()
                      .embed(new EmbedRequest(request.modelId(), part, request.purpose(), deadline))
                      .thenApply(response -> append(before, part.size(), response)));
    }
    return all;
  }

  private static List<Outcome<Embedding>> append(
      List<Outcome<Embedding>> before, int expected, EmbedResponse response) {
    if (response.results().size() != expected) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL,
          "inference answered ["
              + response.results().size()
              + "] results for ["
              + expected
              + "] inputs");
    }
    before.addAll(response.results());
    return before;
  }
}
