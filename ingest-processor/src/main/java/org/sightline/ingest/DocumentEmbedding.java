package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/**
 * What one document needs: its inputs in the order of the options, and where the vectors go. Reads
 * the document when made and writes it only in {@link #attach}, after everything has succeeded, so
 * that {@code on_failure} sees the document as it came.
 */
final class DocumentEmbedding {
  private final List<InputOutput> fields = new ArrayList<>();
  private final List<InferenceInput> inputs = new ArrayList<>();
  private final Set<String> images = new LinkedHashSet<>();
  private final IngestDocument document;
  private final ImageTextEmbeddingOptions options;
  private final DocumentInputs source;
  private String digest;

  /**
   * @throws IllegalArgumentException naming the field that is missing or not of its type
   * @throws InferenceException naming the field that is not base64 or too large
   */
  DocumentEmbedding(
      IngestDocument document, ImageTextEmbeddingOptions options, DocumentInputs source) {
    this.document = document;
    this.options = options;
    this.source = source;
    for (InputOutput field : options.fields()) {
      Optional<InferenceInput> input = source.read(field.inputField(), field.type());
      if (input.isPresent()) {
        add(field, input.get());
      }
    }
  }

  /** The inputs to embed, possibly none. */
  List<InferenceInput> inputs() {
    return inputs;
  }

  private void add(InputOutput field, InferenceInput input) {
    boolean changed = false;
    if (field.type() == InputType.IMAGE) {
      images.add(field.inputField());
    }
    if (options.digestField() != null
        && field == options.firstImage()
        && input instanceof InferenceInput.Image image) {
      digest = image.digest();
      changed = digest.equals(source.value(options.digestField())) == false;
    }
    if (options.skipExisting()
        && changed == false
        && DocumentVectors.present(source.value(field.outputField()))) {
      return;
    }
    fields.add(field);
    inputs.add(input);
  }

  /** Writes the digest and, for each input, its vector or vectors; or nothing at all. */
  void attach(EmbedResponse response) throws Exception {
    List<Outcome<Embedding>> results = response.results();
    if (results.size() != inputs.size()) {
      throw new ElasticsearchException(
          "model [{}] answered [{}] results for [{}] inputs",
          options.modelId(),
          results.size(),
          inputs.size());
    }
    List<List<?>> vectors = new ArrayList<>(results.size());
    for (int i = 0; i < results.size(); i++) {
      vectors.add(vector(fields.get(i), results.get(i)));
    }
    for (int i = 0; i < vectors.size(); i++) {
      document.setFieldValue(fields.get(i).outputField(), vectors.get(i));
    }
    finish();
  }

  /**
   * Writes the digest, where one is asked for and there is an image, and removes images where that
   * is asked for.
   */
  void finish() {
    if (digest != null) {
      document.setFieldValue(options.digestField(), digest);
    }
    if (options.removeBinary()) {
      images.forEach(document::removeField);
    }
  }

  private List<?> vector(InputOutput field, Outcome<Embedding> outcome) throws Exception {
    return switch (outcome) {
      case Outcome.Failure<Embedding> failure ->
          throw IngestErrors.ofField(field.inputField(), failure.error());
      case Outcome.Success<Embedding> success -> stored(field, success.value());
    };
  }

  /** Only images may have several: a text is what searches compare with each of them. */
  private List<?> stored(InputOutput field, Embedding embedding) {
    if (field.type() != InputType.IMAGE && embedding.vectors().size() != 1) {
      throw new IllegalArgumentException(
          "["
              + field.inputField()
              + "] has "
              + embedding.vectors().size()
              + " vectors with model ["
              + options.modelId()
              + "], expected one");
    }
    return DocumentVectors.write(embedding);
  }
}
