package org.sightline.ingest;

import static org.elasticsearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.elasticsearch.ingest.ConfigurationUtils.readBooleanProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readDoubleProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readIntProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readOptionalList;
import static org.elasticsearch.ingest.ConfigurationUtils.readOptionalStringProperty;
import static org.elasticsearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.inference.CaptionOptions;

/**
 * Options of the {@code image_caption} processor.
 *
 * @param modelId the model that captions
 * @param inputField dotted path of the image
 * @param targetField dotted path of the captions
 * @param decoding how captions are decoded
 * @param filter what is kept; null where everything is
 * @param ignoreMissing whether a missing image is skipped instead of failing the document
 */
record ImageCaptionOptions(
    String modelId,
    String inputField,
    String targetField,
    CaptionOptions decoding,
    Filter filter,
    boolean ignoreMissing) {
  private static final String TYPE = ImageCaptionProcessor.TYPE;

  /**
   * The filter of BLIP's CapFilt (Li et al., arXiv 2201.12086, section 3.3).
   *
   * @param modelId a model that matches
   * @param minMatch probability below which a text is dropped, in [0, 1]
   * @param fields dotted paths of given texts that are filtered as well
   * @param targetField dotted path of what became of the given texts
   */
  record Filter(String modelId, double minMatch, List<String> fields, String targetField) {}

  /** Reads and removes the options; whatever is left in {@code config} is refused by the caller. */
  static ImageCaptionOptions read(String tag, Map<String, Object> config) {
    String modelId = readStringProperty(TYPE, tag, config, "model_id");
    String inputField = readStringProperty(TYPE, tag, config, "input_field");
    InputOutput.requirePath(TYPE, tag, "input_field", inputField);
    String targetField = readStringProperty(TYPE, tag, config, "target_field");
    InputOutput.requirePath(TYPE, tag, "target_field", targetField);
    if (targetField.equals(inputField)) {
      throw newConfigurationException(
          TYPE, tag, "target_field", "must not be the input, got [" + targetField + "]");
    }
    return new ImageCaptionOptions(
        modelId,
        inputField,
        targetField,
        readDecoding(tag, config),
        readFilter(tag, config, modelId, targetField),
        readBooleanProperty(TYPE, tag, config, "ignore_missing", false));
  }

  private static CaptionOptions readDecoding(String tag, Map<String, Object> config) {
    try {
      return new CaptionOptions(
          readOptionalStringProperty(TYPE, tag, config, "prompt"),
          readInt(tag, config, "num_captions"),
          readInt(tag, config, "num_beams"),
          readInt(tag, config, "max_length"),
          readInt(tag, config, "min_length"),
          readDouble(tag, config, "repetition_penalty"),
          readDouble(tag, config, "length_penalty"),
          readDouble(tag, config, "top_p"),
          readSeed(tag, config));
    } catch (IllegalArgumentException e) {
      int end = e.getMessage().indexOf(']');
      throw newConfigurationException(
          TYPE, tag, e.getMessage().substring(1, end), e.getMessage().substring(end + 2));
    }
  }

  private static Filter readFilter(
      String tag, Map<String, Object> config, String captioner, String captions) {
    String modelId = readOptionalStringProperty(TYPE, tag, config, "match_model_id");
    Double minMatch = readDouble(tag, config, "min_match");
    List<String> fields = readOptionalList(TYPE, tag, config, "filter_fields");
    String target = readOptionalStringProperty(TYPE, tag, config, "filter_target_field");
    if (minMatch == null) {
      String needy =
          modelId != null
              ? "match_model_id"
              : fields != null ? "filter_fields" : "filter_target_field";
      if (modelId != null || fields != null || target != null) {
        throw newConfigurationException(
            TYPE, tag, needy, "needs [min_match], without which nothing is filtered");
      }
      return null;
    }
    if (!(minMatch >= 0 && minMatch <= 1)) {
      throw newConfigurationException(
          TYPE, tag, "min_match", "must be in [0, 1], got [" + minMatch + "]");
    }
    List<String> paths = fields == null ? List.of() : checked(tag, fields, captions);
    String filtered = target == null ? captions + "_filter" : target;
    InputOutput.requirePath(TYPE, tag, "filter_target_field", filtered);
    return new Filter(modelId == null ? captioner : modelId, minMatch, paths, filtered);
  }

  private static List<String> checked(String tag, List<?> fields, String captions) {
    for (Object field : fields) {
      if (field instanceof String == false) {
        throw newConfigurationException(
            TYPE, tag, "filter_fields", "must hold strings, got " + ReceivedValues.describe(field));
      }
      InputOutput.requirePath(TYPE, tag, "filter_fields", (String) field);
      if (field.equals(captions)) {
        throw newConfigurationException(
            TYPE, tag, "filter_fields", "must not have [target_field] [" + captions + "]");
      }
    }
    if (new HashSet<>(fields).size() != fields.size()) {
      throw newConfigurationException(
          TYPE, tag, "filter_fields", "must name each field once, got " + fields);
    }
    return fields.stream().map(String.class::cast).toList();
  }

  private static Integer readInt(String tag, Map<String, Object> config, String name) {
    return config.containsKey(name) ? readIntProperty(TYPE, tag, config, name, 0) : null;
  }

  private static Double readDouble(String tag, Map<String, Object> config, String name) {
    return config.containsKey(name) ? readDoubleProperty(TYPE, tag, config, name) : null;
  }

  private static Long readSeed(String tag, Map<String, Object> config) {
    Integer seed = readInt(tag, config, "seed");
    return seed == null ? null : seed.longValue();
  }
}
