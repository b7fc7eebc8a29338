package org.sightline.ingest;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Options of the {@code image_text_embedding} processor.
 *
 * @param modelId the model that embeds
 * @param matchModelId a model that matches, whose image tokens are kept as well, or null
 * @param fields the fields to embed, at least one, each with an output of its own
 * @param digestField where the SHA-256 of the first image's encoded bytes is written, or null
 * @param skipExisting whether a vector that is there already is kept while it fits its input
 * @param fingerprintField where the document remembers what its vectors were made from
 * @param ignoreMissing whether a missing input is skipped instead of failing the document
 * @param removeBinary whether images are removed from the document once it has their embeddings
 */
record ImageTextEmbeddingOptions(
    String modelId,
    String matchModelId,
    List<InputOutput> fields,
    String digestField,
    boolean skipExisting,
    String fingerprintField,
    boolean ignoreMissing,
    boolean removeBinary) {
  static final String MATCH_MODEL_ID = "match_model_id";
  private static final String DIGEST_FIELD = "digest_field";
  private static final String FINGERPRINT_FIELD = "fingerprint_field";
  static final String REMOVE_BINARY = "remove_binary";

  /** With what the paths of an element in {@code foreach} begin. */
  private static final String INGEST = "_ingest.";

  ImageTextEmbeddingOptions {
    Objects.requireNonNull(modelId, "modelId");
    fields = List.copyOf(fields);
  }

  /** Reads and removes the options. */
  static ImageTextEmbeddingOptions read(ProcessorConfig config) {
    String modelId = config.string("model_id");
    String matchModelId = config.optionalString(MATCH_MODEL_ID);
    List<InputOutput> fields = InputOutput.readAll(config);
    String digestField = config.optionalString(DIGEST_FIELD);
    boolean skipExisting = config.flag("skip_existing");
    String fingerprintField = config.optionalString(FINGERPRINT_FIELD);
    boolean ignoreMissing = config.flag("ignore_missing");
    boolean removeBinary = config.flag(REMOVE_BINARY);
    requireOwnOutputs(config, fields);
    if (removeBinary) {
      requireImage(config, REMOVE_BINARY, fields);
    }
    if (matchModelId != null) {
      requireImage(config, MATCH_MODEL_ID, fields);
    }
    if (digestField != null) {
      requireOwnField(config, DIGEST_FIELD, digestField, fields);
      requireImage(config, DIGEST_FIELD, fields);
    }
    String fingerprints =
        fingerprintField == null ? ImageTextEmbeddingProcessor.FINGERPRINT_FIELD : fingerprintField;
    requireOwnField(config, FINGERPRINT_FIELD, fingerprints, fields);
    if (fingerprints.equals(digestField)) {
      throw config.error(
          FINGERPRINT_FIELD, "must not be the digest field, got [" + fingerprints + "]");
    }
    if (skipExisting) {
      requireSameDocument(config, fingerprints, fields);
    }
    return new ImageTextEmbeddingOptions(
        modelId,
        matchModelId,
        fields,
        digestField,
        skipExisting,
        fingerprints,
        ignoreMissing,
        removeBinary);
  }

  /** The field whose digest is written, or null when there is no image. */
  InputOutput firstImage() {
    return fields.stream()
        .filter(field -> field.type() == InputType.IMAGE)
        .findFirst()
        .orElse(null);
  }

  private static void requireOwnOutputs(ProcessorConfig config, List<InputOutput> fields) {
    Set<String> inputs = new HashSet<>();
    fields.forEach(field -> inputs.add(field.inputField()));
    Set<String> outputs = new HashSet<>();
    for (InputOutput field : fields) {
      if (outputs.add(field.outputField()) == false) {
        throw config.error(
            "output_field", "must be unique, got [" + field.outputField() + "] twice");
      }
      if (inputs.contains(field.outputField())) {
        throw config.error(
            "output_field", "must not be an input field, got [" + field.outputField() + "]");
      }
    }
  }

  private static void requireOwnField(
      ProcessorConfig config, String option, String path, List<InputOutput> fields) {
    config.requirePath(option, path);
    for (InputOutput field : fields) {
      if (path.equals(field.outputField()) || path.equals(field.inputField())) {
        throw config.error(
            option, "must not be an input field or an output field, got [" + path + "]");
      }
    }
  }

  /**
   * In {@code foreach} the fields of one element have the names of those of all others, so what
   * they were made from must be remembered in the element.
   */
  private static void requireSameDocument(
      ProcessorConfig config, String fingerprints, List<InputOutput> fields) {
    for (InputOutput field : fields) {
      if (field.outputField().startsWith(INGEST) && fingerprints.startsWith(INGEST) == false) {
        throw config.error(
            FINGERPRINT_FIELD,
            "must be in the same object as [output_field] ["
                + field.outputField()
                + "], got ["
                + fingerprints
                + "]");
      }
    }
  }

  private static void requireImage(
      ProcessorConfig config, String option, List<InputOutput> fields) {
    if (fields.stream().noneMatch(field -> field.type() == InputType.IMAGE)) {
      throw config.error(option, "needs an entry of input_type [image], got none");
    }
  }
}
