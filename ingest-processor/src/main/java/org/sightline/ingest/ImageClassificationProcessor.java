package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.ingest.compat.ProcessorFactory;
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
    DocumentInputs source = inputs(document, options.ignoreMissing());
    CompletionStage<List<LabelProbability>> labels =
        options.inputField() == null ? ofVector(source) : ofImage(source);
    return labels == null
        ? null
        : labels.thenApply(found -> () -> attach(source.document(), found));
  }

  @Override
  Exception reason(Throwable failure) {
    return ofInput(options.source(), failure);
  }

  /**
   * The labels to come, or null where there is no vector. Then the labels go too: they are derived
   * from a vector that an earlier processor has removed, or that the document has lost.
   */
  private CompletionStage<List<LabelProbability>> ofVector(DocumentInputs source) {
    Object value = source.vector(options.vectorField(), TYPE);
    if (value == null) {
      remove(source.document());
      return null;
    }
    Embedding vector = DocumentVectors.read(options.vectorField(), value);
    return labels()
        .thenCompose(labels -> services.classifier().classify(request(List.of(), labels), vector));
  }

  /** The labels to come, or null where there is no image. */
  private CompletionStage<List<LabelProbability>> ofImage(DocumentInputs source) {
    InputValue photo = source.image(options.inputField(), TYPE);
    if (photo.input() == null) {
      if (photo.present()) {
        remove(source.document());
      }
      return null;
    }
    List<InferenceInput.Image> images = List.of((InferenceInput.Image) photo.input());
    return labels()
        .thenCompose(labels -> services.classifier().classify(request(images, labels)))
        .thenApply(results -> counted(results, 1, "classification", "image").get(0).orThrow());
  }

  private void remove(FieldScope document) {
    FieldWrites writes = new FieldWrites();
    writes.remove(document, options.targetField());
    writes.apply();
  }

  private CompletionStage<LabelSet> labels() {
    return options.labels().labels(services);
  }

  private ClassifyRequest request(List<InferenceInput.Image> images, LabelSet labels) {
    return new ClassifyRequest(options.modelId(), images, labels, Purpose.INGEST, deadline());
  }

  private void attach(FieldScope document, List<LabelProbability> labels) {
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
    FieldWrites writes = new FieldWrites();
    writes.set(document, options.targetField(), written);
    writes.apply();
  }

  /** Builds processors from pipelines. Looks at no model: see {@link #validate}. */
  public static ProcessorFactory factory(IngestServices services) {
    return (factories, tag, description, config) ->
        new ImageClassificationProcessor(
            tag,
            description,
            ImageClassificationOptions.read(new ProcessorConfig(TYPE, tag, config)),
            services);
  }
}
