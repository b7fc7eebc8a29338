package org.sightline.ingest;

import java.util.concurrent.CompletionStage;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Purpose;

/**
 * Embeds texts and images of a document into vectors. One request for each document; batches across
 * documents are made behind the inference interface. Thread-safe; never blocks; the rest of the
 * pipeline continues on the thread that completes the inference.
 */
public final class ImageTextEmbeddingProcessor
    extends InferenceProcessor<ImageTextEmbeddingOptions> {

  /** The name in pipelines. */
  public static final String TYPE = "image_text_embedding";

  /**
   * Where an image has several vectors, or an input is a list: the field of the objects in {@code
   * output_field} that holds one vector each.
   */
  public static final String NESTED_VECTOR = "vector";

  /** Where an input is a list: the field of these objects that holds the place of their input. */
  public static final String NESTED_OFFSET = "offset";

  /** Where documents remember what their vectors were made from, unless a pipeline says other. */
  public static final String FINGERPRINT_FIELD = "embedding_fingerprints";

  ImageTextEmbeddingProcessor(
      String tag, String description, ImageTextEmbeddingOptions options, IngestServices services) {
    super(TYPE, tag, description, options, services);
  }

  ImageTextEmbeddingOptions options() {
    return options;
  }

  @Override
  void validate(ModelCatalog models) {
    ModelInfo model = models.require(options.modelId());
    for (InputOutput field : options.fields()) {
      requireRole(model, field.inputField(), field.type().role());
    }
  }

  @Override
  CompletionStage<Attachment> begin(IngestDocument document) {
    DocumentEmbedding embedding = new DocumentEmbedding(document, options, services);
    if (embedding.inputs().isEmpty()) {
      embedding.finish();
      return null;
    }
    return services
        .inference()
        .embed(new EmbedRequest(options.modelId(), embedding.inputs(), Purpose.INGEST, deadline()))
        .thenApply(response -> () -> embedding.attach(response));
  }

  /** Builds processors from pipelines. Looks at no model: see {@link #validate}. */
  public static Processor.Factory factory(IngestServices services) {
    return (factories, tag, description, config, projectId) ->
        new ImageTextEmbeddingProcessor(
            tag,
            description,
            ImageTextEmbeddingOptions.read(new ProcessorConfig(TYPE, tag, config)),
            services);
  }
}
