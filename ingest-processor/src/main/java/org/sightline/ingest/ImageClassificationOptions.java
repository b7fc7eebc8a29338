package org.sightline.ingest;

import static org.elasticsearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.elasticsearch.ingest.ConfigurationUtils.readBooleanProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readDoubleProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readIntProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readOptionalStringProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.Map;

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
  private static final String TYPE = ImageClassificationProcessor.TYPE;

  /** Reads and removes the options; whatever is left in {@code config} is refused by the caller. */
  static ImageClassificationOptions read(String tag, Map<String, Object> config) {
    String modelId = readStringProperty(TYPE, tag, config, "model_id");
    String inputField = readPath(tag, config, "input_field");
    String vectorField = readPath(tag, config, "vector_field");
    if ((inputField == null) == (vectorField == null)) {
      throw newConfigurationException(
          TYPE,
          tag,
          "input_field",
          "expected either [input_field] or [vector_field], got "
              + (inputField == null ? "neither" : "both"));
    }
    String targetField = readStringProperty(TYPE, tag, config, "target_field");
    InputOutput.requirePath(TYPE, tag, "target_field", targetField);
    if (targetField.equals(inputField) || targetField.equals(vectorField)) {
      throw newConfigurationException(
          TYPE, tag, "target_field", "must not be the input, got [" + targetField + "]");
    }
    return new ImageClassificationOptions(
        modelId,
        inputField,
        vectorField,
        targetField,
        LabelSource.read(TYPE, tag, config),
        readTop(tag, config),
        readMinimum(tag, config),
        readBooleanProperty(TYPE, tag, config, "ignore_missing", false));
  }

  /** The field that is classified. */
  String source() {
    return inputField == null ? vectorField : inputField;
  }

  private static String readPath(String tag, Map<String, Object> config, String name) {
    String path = readOptionalStringProperty(TYPE, tag, config, name);
    if (path != null) {
      InputOutput.requirePath(TYPE, tag, name, path);
    }
    return path;
  }

  private static int readTop(String tag, Map<String, Object> config) {
    int top = readIntProperty(TYPE, tag, config, "num_top_classes", 1);
    if (top < 1) {
      throw newConfigurationException(
          TYPE, tag, "num_top_classes", "must be at least 1, got [" + top + "]");
    }
    return top;
  }

  private static double readMinimum(String tag, Map<String, Object> config) {
    if (config.containsKey("min_probability") == false) {
      return 0;
    }
    double minimum = readDoubleProperty(TYPE, tag, config, "min_probability");
    if (minimum >= 0 && minimum <= 1) {
      return minimum;
    }
    throw newConfigurationException(
        TYPE, tag, "min_probability", "must be in [0, 1], got [" + minimum + "]");
  }
}
