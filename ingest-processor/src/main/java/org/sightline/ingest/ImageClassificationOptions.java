package org.sightline.ingest;

/**
 * Options of the {@code image_classification} processor.
 *
 * @param modelId the model that compares
 * @param inputField dotted path of the image, or null where {@code vectorField} is set
 * @param vectorField dotted path of an embedding of the same model, or null
 * @param targetField dotted path of the result
 * @param labels what the image may show
 * @param numTopClasses how many labels are written, at least 1
 * @param minProbability labels below it are not written, in [0, 1]
 * @param ignoreMissing whether a missing input is skipped instead of failing the document
 */
record ImageClassificationOptions(
    String modelId,
    String inputField,
    String vectorField,
    String targetField,
    LabelSource labels,
    int numTopClasses,
    double minProbability,
    boolean ignoreMissing) {

  /** Reads and removes the options. */
  static ImageClassificationOptions read(ProcessorConfig config) {
    String modelId = config.string("model_id");
    String inputField = config.optionalPath("input_field");
    String vectorField = config.optionalPath("vector_field");
    if ((inputField == null) == (vectorField == null)) {
      throw config.error(
          "input_field",
          "expected either [input_field] or [vector_field], got "
              + (inputField == null ? "neither" : "both"));
    }
    String targetField = config.path("target_field");
    if (targetField.equals(inputField) || targetField.equals(vectorField)) {
      throw config.error("target_field", "must not be the input, got [" + targetField + "]");
    }
    LabelSource labels = LabelSource.read(config);
    Integer top = config.integer("num_top_classes");
    if (top != null && top < 1) {
      throw config.error("num_top_classes", "must be at least 1, got [" + top + "]");
    }
    Double minimum = config.probability("min_probability");
    return new ImageClassificationOptions(
        modelId,
        inputField,
        vectorField,
        targetField,
        labels,
        top == null ? 1 : top,
        minimum == null ? 0 : minimum,
        config.flag("ignore_missing"));
  }

  /** The field that is classified. */
  String source() {
    return inputField == null ? vectorField : inputField;
  }
}
