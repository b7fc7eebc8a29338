package org.sightline.ingest;

import java.util.List;
import java.util.Map;
import org.elasticsearch.ingest.ConfigurationUtils;

/**
 * One field to embed.
 *
 * @param inputField dotted path of the text or image
 * @param type what the input holds
 * @param outputField dotted path of the vector, or of the objects with one each
 */
record InputOutput(String inputField, InputType type, String outputField) {
  static final String KEY = "input_output";

  /** Reads and removes {@code input_output}: one object, or a list of them. */
  static List<InputOutput> readAll(ProcessorConfig config) {
    Object value =
        ConfigurationUtils.readObject(config.type(), config.tag(), config.options(), KEY);
    List<?> entries = value instanceof List<?> list ? list : List.of(value);
    if (entries.isEmpty()) {
      throw config.error(KEY, "must have at least one entry, got []");
    }
    return entries.stream().map(entry -> read(config, entry)).toList();
  }

  private static InputOutput read(ProcessorConfig config, Object entry) {
    if (entry instanceof Map<?, ?> == false) {
      throw config.error(KEY, "must hold objects, got " + ReceivedValues.describe(entry));
    }
    ProcessorConfig options = config.nested((Map<?, ?>) entry);
    String inputField = options.path("input_field");
    String type = options.string("input_type");
    String outputField = options.path("output_field");
    options.requireEmpty(KEY, "input_field", "input_type", "output_field");
    return new InputOutput(
        inputField,
        InputType.fromId(type)
            .orElseThrow(
                () ->
                    config.error(
                        "input_type",
                        "must be one of " + InputType.ids() + ", got [" + type + "]")),
        outputField);
  }
}
