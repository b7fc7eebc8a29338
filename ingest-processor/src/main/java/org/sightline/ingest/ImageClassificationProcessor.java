package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.ModelCatalog;
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
    CompletionStage<List<LabelProbability>> labels = classify(document);
    return labels == null ? null : labels.thenApply(found -> () -> attach(document, found));
  }

  @Override
  Exception reason(Throwable failure) {
    return ofInput(options.source(), failure);
  }

  /** The labels to come, or null where there is nothing to classify. */
  private CompletionStage<List<LabelProbability>> classify(IngestDocument document) {
    DocumentInputs source = inputs(document, options.ignoreMissing());
    if (options.inputField() == null) {
      Object value = source.value(options.vectorField());
      if (value == null && options.ignoreMissing()) {
        return null;
      }
      Embedding vector = DocumentVectors.read(options.vectorField(), value);
      return labels()
          .thenCompose(
              labels -> services.classifier().classify(request(List.of(), labels), vector));
    }
    Optional<InferenceInput.Image> image = source.image(options.inputField());
    return image.isEmpty()
        ? null
        : labels()
            .thenCompose(
                labels -> services.classifier().classify(request(List.of(image.get()), labels)))
            .thenApply(results -> counted(results, 1, "classification", "image").get(0).orThrow());
  }

  private CompletionStage<LabelSet> labels() {
    return options.labels().labels(services);
  }

  private ClassifyRequest request(List<InferenceInput.Image> images, LabelSet labels) {
    return new ClassifyRequest(options.modelId(), images, labels, Purpose.INGEST, deadline());
  }

  private void attach(IngestDocument document, List<LabelProbability> labels) {
    List<Map<String, Object>> written = new ArrayList<>();
    for (LabelProbability label : labels) {
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
