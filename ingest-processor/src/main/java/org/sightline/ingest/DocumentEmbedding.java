package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;

/**
 * What one document needs: its inputs in the order of the options, and where the vectors go. Reads
 * the document when made and writes it only in {@link #attach}, after everything has succeeded, so
 * that {@code on_failure} sees the document as it came.
 */
final class DocumentEmbedding {
  private record Embedded(InputOutput field, InputTarget target) {}

  private final List<Embedded> embedded = new ArrayList<>();
  private final List<InferenceInput> inputs = new ArrayList<>();

  /** Each image of the document once, by digest; also those whose vectors are kept. */
  private final Map<String, InputValue> images = new LinkedHashMap<>();

  private final FieldWrites writes = new FieldWrites();
  private final ImageTextEmbeddingOptions options;
  private final IngestServices services;
  private final DocumentInputs source;
  private final String index;
  private final Fingerprints fingerprints;

  /** As it was when the fingerprints were made; null where none were. */
  private ModelInfo model;

  /**
   * @throws IllegalArgumentException naming the field that is missing, not of its type, or of
   *     another model, or the fields with too many inputs
   * @throws InferenceException naming the field that is not base64 or too large
   */
  DocumentEmbedding(
      IngestDocument document, ImageTextEmbeddingOptions options, IngestServices services) {
    this.options = options;
    this.services = services;
    this.source = new DocumentInputs(document, options.ignoreMissing(), services.maxImageBytes());
    this.index = document.getMetadata().getIndex();
    this.fingerprints = new Fingerprints(source.document(), options.fingerprintField());
    List<List<InputValue>> found =
        options.fields().stream()
            .map(field -> InputValue.find(source.document(), field.inputField()))
            .toList();
    requireFew(found);
    for (int i = 0; i < found.size(); i++) {
      InputOutput field = options.fields().get(i);
      List<InputValue> values =
          found.get(i).stream().map(value -> decoded(value, field.type())).toList();
      for (InputValue value : values) {
        if (value.input() instanceof InferenceInput.Image image) {
          images.putIfAbsent(image.digest(), value);
        }
      }
      add(field, values);
    }
  }

  /** The inputs to embed, possibly none. */
  List<InferenceInput> inputs() {
    return inputs;
  }

  /** The images whose tokens are to be kept for the model that matches, possibly none. */
  List<InferenceInput> imagesToMatch() {
    if (options.matchModelId() == null) {
      return List.of();
    }
    if (options.matchModelId().equals(options.modelId())) {
      // their tokens come with their embeddings
      inputs.stream()
          .filter(InferenceInput.Image.class::isInstance)
          .forEach(image -> images.remove(((InferenceInput.Image) image).digest()));
    }
    return images.values().stream().map(InputValue::input).toList();
  }

  /** Fails as the first of the images to match did, if one did. */
  void requireTokens(EmbedResponse response) throws Exception {
    List<InputValue> asked = List.copyOf(images.values());
    List<Outcome<Embedding>> results =
        InferenceProcessor.counted(
            response.results(), asked.size(), "model [" + options.matchModelId() + "]", "images");
    for (int i = 0; i < asked.size(); i++) {
      if (results.get(i) instanceof Outcome.Failure<Embedding> failure) {
        throw IngestErrors.ofField(asked.get(i).name(), failure.error());
      }
    }
  }

  /** Before anything is decoded. */
  private void requireFew(List<List<InputValue>> found) {
    long count = 0;
    for (int i = 0; i < found.size(); i++) {
      InputType type = options.fields().get(i).type();
      count +=
          found.get(i).stream()
              .filter(value -> DocumentInputs.isMissing(value.value(), type) == false)
              .count();
    }
    if (count > services.maxInputs()) {
      throw new IllegalArgumentException(
          "the document has ["
              + count
              + "] inputs in "
              + options.fields().stream().map(InputOutput::inputField).toList()
              + ", allowed are at most ["
              + services.maxInputs()
              + "] (sightline.request.max_inputs)");
    }
  }

  private InputValue decoded(InputValue value, InputType type) {
    return DocumentInputs.isMissing(value.value(), type)
        ? value
        : value.as(source.decode(value.name(), value.value(), type));
  }

  private void add(InputOutput field, List<InputValue> values) {
    String output = field.outputField();
    List<InputTarget> filled = new ArrayList<>();
    boolean gone = false;
    for (InputTarget target : InputTarget.of(values, output)) {
      if (target.isMissing()) {
        source.requireOptional(target.values().get(0), field.type());
        gone |= removeIfGone(target);
      } else {
        filled.add(target);
      }
    }
    if (filled.isEmpty() == false) {
      embed(field, filled);
    } else if (gone) {
      fingerprints.forget(output);
    }
    if (options.digestField() != null && field == options.firstImage()) {
      InputTarget.of(values, options.digestField()).forEach(this::addDigest);
    }
    if (options.removeBinary() && field.type() == InputType.IMAGE) {
      for (InputValue value : values) {
        if (value.input() != null) {
          InputValue.Owner owner = value.innermost();
          writes.remove(owner.scope(), owner.within(field.inputField()));
        }
      }
    }
  }

  private boolean removeIfGone(InputTarget target) {
    if (target.isGone()) {
      writes.remove(target.scope(), target.path());
    }
    return target.isGone();
  }

  /** Plans an output, unless it was made from the same inputs by the same model. */
  private void embed(InputOutput field, List<InputTarget> targets) {
    String output = field.outputField();
    MappedModel.require(services, index, output, options.modelId());
    boolean kept = false;
    if (options.skipExisting()) {
      model = services.models().require(options.modelId());
      List<InputValue> contents =
          targets.stream().flatMap(target -> target.contents().stream()).toList();
      String fingerprint = Fingerprints.of(model, field.type(), contents);
      kept =
          fingerprints.fits(output, fingerprint)
              && targets.stream().allMatch(DocumentVectors::present);
      fingerprints.put(output, fingerprint);
    } else {
      fingerprints.forget(output);
    }
    if (kept == false) {
      for (InputTarget target : targets) {
        embedded.add(new Embedded(field, target));
        target.contents().forEach(content -> inputs.add(content.input()));
      }
    }
  }

  private void addDigest(InputTarget target) {
    List<String> digests = new ArrayList<>();
    for (InputValue content : target.contents()) {
      digests.add(((InferenceInput.Image) content.input()).digest());
    }
    if (digests.isEmpty()) {
      removeIfGone(target);
    } else {
      writes.set(target.scope(), target.path(), target.listed() ? digests : digests.get(0));
    }
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
    forgetIfExchanged();
    int next = 0;
    for (Embedded one : embedded) {
      List<Embedding> embeddings = new ArrayList<>();
      for (InputValue content : one.target().contents()) {
        embeddings.add(embedding(one.field(), content, results.get(next++)));
      }
      writes.set(
          one.target().scope(),
          one.target().path(),
          DocumentVectors.write(one.target(), embeddings));
    }
    finish();
  }

  /** Nobody knows which version made the vectors where it was exchanged meanwhile. */
  private void forgetIfExchanged() {
    if (model != null && services.models().find(model.id()).filter(model::equals).isEmpty()) {
      embedded.forEach(one -> fingerprints.forget(one.field().outputField()));
    }
  }

  /** Writes what needs no embedding: digests, fingerprints, and removals. */
  void finish() {
    fingerprints.write(writes);
    writes.apply();
  }

  /** Only images may have several: a text is what searches compare with each of them. */
  private Embedding embedding(InputOutput field, InputValue content, Outcome<Embedding> outcome)
      throws Exception {
    Embedding embedding =
        switch (outcome) {
          case Outcome.Failure<Embedding> failure ->
              throw IngestErrors.ofField(content.name(), failure.error());
          case Outcome.Success<Embedding> success -> success.value();
        };
    if (field.type() != InputType.IMAGE && embedding.vectors().size() != 1) {
      throw new IllegalArgumentException(
          "["
              + content.name()
              + "] has "
              + embedding.vectors().size()
              + " vectors with model ["
              + options.modelId()
              + "], expected one");
    }
    return embedding;
  }
}
