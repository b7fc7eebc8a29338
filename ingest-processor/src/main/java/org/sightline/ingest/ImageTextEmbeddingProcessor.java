package org.sightline.ingest;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.ingest.compat.ProcessorFactory;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;

/**
 * Embeds texts and images of a document into vectors. One request for each document, and one for
 * the tokens of its images where another model matches them; batches across documents are made
 * behind the inference interface. Thread-safe; never blocks; the rest of the pipeline continues on
 * the thread that completes the inference.
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

  /** What a model needs so that its image tokens are kept, for matching, as it embeds images. */
  private static final List<Role> KEEP_TOKENS =
      List.of(Role.MATCHING, Role.IMAGE_TOKENS, Role.IMAGE_EMBEDDING);

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
    if (options.matchModelId() != null) {
      ModelInfo matching = models.require(options.matchModelId());
      for (Role role : KEEP_TOKENS) {
        requireRole(matching, ImageTextEmbeddingOptions.MATCH_MODEL_ID, role);
      }
    } else if (options.removeBinary() && model.roles().containsAll(KEEP_TOKENS) == false) {
      HeaderWarning.addWarning(
          "[{}] with [{}]: no rerank can score the pictures that are removed, because model [{}]"
              + " does not match texts with images; where documents are reranked, name the model"
              + " that reranks as [{}]",
          TYPE,
          ImageTextEmbeddingOptions.REMOVE_BINARY,
          model.id(),
          ImageTextEmbeddingOptions.MATCH_MODEL_ID);
    }
  }

  @Override
  CompletionStage<Attachment> begin(IngestDocument document) {
    DocumentEmbedding embedding = new DocumentEmbedding(document, options, services);
    List<InferenceInput> toMatch = embedding.imagesToMatch();
    if (embedding.inputs().isEmpty() && toMatch.isEmpty()) {
      embedding.finish();
      return null;
    }
    CompletionStage<Attachment> embedded =
        embedding.inputs().isEmpty()
            ? CompletableFuture.completedStage(embedding::finish)
            : embed(options.modelId(), embedding.inputs())
                .thenApply(response -> () -> embedding.attach(response));
    if (toMatch.isEmpty()) {
      return embedded;
    }
    return embed(options.matchModelId(), toMatch)
        .thenCombine(
            embedded,
            (tokens, attachment) ->
                () -> {
                  embedding.requireTokens(tokens);
                  attachment.write();
                });
  }

  private CompletionStage<EmbedResponse> embed(String modelId, List<InferenceInput> inputs) {
    return services
        .inference()
        .embed(new EmbedRequest(modelId, inputs, Purpose.INGEST, deadline()));
  }

  /** Builds processors from pipelines. Looks at no model: see {@link #validate}. */
  public static ProcessorFactory factory(IngestServices services) {
    return (factories, tag, description, config) ->
        new ImageTextEmbeddingProcessor(
            tag,
            description,
            ImageTextEmbeddingOptions.read(new ProcessorConfig(TYPE, tag, config)),
            services);
  }
}
