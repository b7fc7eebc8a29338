package org.sightline.ingest;

import java.util.concurrent.CompletionStage;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Purpose;

/**
 * Embeds texts and images of a document into vectors. One request for each document; batches across
 * documents are made behind the inference interface. Thread-safe; never blocks; the rest of the
 * pipeline continues on the thread that completes the inference.
 */
public final class ImageTextEmbeddingProcessor extends InferenceProcessor {

  /** The name in pipelines. */
  public static final String TYPE = "image_text_embedding";

  /**
   * Where an image has several vectors: the field of the objects in {@code output_field} that holds
   * one of them each.
   */
  public static final String NESTED_VECTOR = "vector";

  private final ImageTextEmbeddingOptions options;
  private final IngestServices services;

  ImageTextEmbeddingProcessor(
      String tag, String description, ImageTextEmbeddingOptions options, IngestServices services) {
    super(tag, description);
    this.options = options;
    this.services = services;
  }

  ImageTextEmbeddingOptions options() {
    return options;
  }

  @Override
  public String getType() {
    return TYPE;
  }

  /**
   * Refuses, when a pipeline is stored, a model that does not exist or cannot do what the pipeline
   * asks. Not in the factory: a node whose model is gone must still start.
   */
  @Override
  public void extraValidation() throws Exception {
    try {
      ModelInfo model = services.models().require(options.modelId());
      for (InputOutput field : options.fields()) {
        requireUsable(model, field);
      }
    } catch (RuntimeException e) {
      throw IngestErrors.of(e);
    }
  }

  private static void requireUsable(ModelInfo model, InputOutput field) {
    if (model.has(field.type().role()) == false) {
      throw new IllegalArgumentException(
          "["
              + field.inputField()
              + "] needs the role ["
              + field.type().role().id()
              + "], model ["
              + model.id()
              + "] has "
              + model.roles().stream().map(role -> role.id()).sorted().toList());
    }
  }

  @Override
  CompletionStage<Attachment> begin(IngestDocument document) {
    DocumentEmbedding embedding =
        new DocumentEmbedding(document, options, services.maxImageBytes());
    if (embedding.inputs().isEmpty()) {
      embedding.finish();
      return null;
    }
    return services
        .inference()
        .embed(request(embedding))
        .thenApply(response -> () -> embedding.attach(response));
  }

  private EmbedRequest request(DocumentEmbedding embedding) {
    return new EmbedRequest(
        options.modelId(),
        embedding.inputs(),
        Purpose.INGEST,
        Deadline.after(services.ingestTimeout()));
  }

  /** Builds processors from pipelines. Looks at no model: see {@link #extraValidation}. */
  public static Processor.Factory factory(IngestServices services) {
    return (factories, tag, description, config, projectId) ->
        new ImageTextEmbeddingProcessor(
            tag, description, ImageTextEmbeddingOptions.read(tag, config), services);
  }
}
