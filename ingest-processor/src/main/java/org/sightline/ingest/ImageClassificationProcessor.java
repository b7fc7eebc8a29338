package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.zeroshot.ClassifyRequest;
import org.sightline.runtime.zeroshot.LabelProbability;
import org.sightline.runtime.zeroshot.LabelSet;
import org.sightline.runtime.zeroshot.ZeroShotClassifier;

/**
 * Writes which of some labels fit an image. Thread-safe; never blocks; the labels are embedded once
 * and kept.
 */
public final class ImageClassificationProcessor
    extends InferenceProcessor<ImageClassificationOptions> {

  /** The name in pipelines. */
  public static final String TYPE = "image_classification";

  ImageClassificationProcessor(
      String tag, String description, ImageClassificationOptions options, IngestServices services) {
    super(TYPE, tag, description, options, services);
  }

  @Override
  void validate(ModelCatalog models) {
    ZeroShotClassifier.requireUsable(models, options.modelId());
  }

  @Override
  CompletionStage<Attachment> begin(IngestDocument document) {
    CompletionStage<Outcome<List<LabelProbability>>> labels = classify(document);
    return labels == null ? null : labels.thenApply(outcome -> () -> attach(document, outcome));
  }

  @Override
  Exception reason(Throwable failure) {
    return ofInput(options.source(), failure);
  }

  /** The labels to come, or null where there is nothing to classify. */
  private CompletionStage<Outcome<List<LabelProbability>>> classify(IngestDocument document) {
    DocumentInputs source = inputs(document, options.ignoreMissing());
    if (options.inputField() == null) {
      Embedding vector = vector(source);
      return vector == null ? null : labels().thenCompose(labels -> classify(labels, vector));
    }
    Optional<InferenceInput.Image> image = source.image(options.inputField());
    return image.isEmpty() ? null : labels().thenCompose(labels -> classify(labels, image.get()));
  }

  private CompletionStage<LabelSet> labels() {
    return options.labels().labels(services);
  }

  private CompletionStage<Outcome<List<LabelProbability>>> classify(
      LabelSet labels, Embedding vector) {
    return services
        .classifier()
        .classify(request(List.of(), labels), vector)
        .thenApply(Outcome::success);
  }

  private CompletionStage<Outcome<List<LabelProbability>>> classify(
      LabelSet labels, InferenceInput.Image image) {
    return services
        .classifier()
        .classify(request(List.of(image), labels))
        .thenCompose(ImageClassificationProcessor::only);
  }

  private static CompletionStage<Outcome<List<LabelProbability>>> only(
      List<Outcome<List<LabelProbability>>> results) {
    return results.size() == 1
        ? CompletableFuture.completedFuture(results.get(0))
        : CompletableFuture.failedFuture(
            new InferenceException(
                InferenceException.Kind.INTERNAL,
                "classification answered [" + results.size() + "] results for [1] image"));
  }

  private Embedding vector(DocumentInputs source) {
    Object value = source.value(options.vectorField());
    if (value == null && options.ignoreMissing()) {
      return null;
    }
    return DocumentVectors.read(options.vectorField(), value);
  }

  private ClassifyRequest request(List<InferenceInput.Image> images, LabelSet labels) {
    return new ClassifyRequest(options.modelId(), images, labels, Purpose.INGEST, deadline());
  }

  private void attach(IngestDocument document, Outcome<List<LabelProbability>> outcome) {
    List<Map<String, Object>> written = new ArrayList<>();
    for (LabelProbability label : outcome.orThrow()) {
      if (written.size() == options.numTopClasses()
          || label.probability() < options.minProbability()) {
        break;
      }
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("label", label.label());
      entry.put("probability", label.probability());
      written.add(entry);
    }
    document.setFieldValue(options.targetField(), written);
  }

  /** Builds processors from pipelines. Looks at no model: see {@link #validate}. */
  public static Processor.Factory factory(IngestServices services) {
    return (factories, tag, description, config, projectId) ->
        new ImageClassificationProcessor(
            tag,
            description,
            ImageClassificationOptions.read(new ProcessorConfig(TYPE, tag, config)),
            services);
  }
}
