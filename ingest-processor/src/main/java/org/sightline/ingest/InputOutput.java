package org.sightline.ingest;

import static org.elasticsearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.elasticsearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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
  static List<InputOutput> readAll(String processor, String tag, Map<String, Object> config) {
    Object value = ConfigurationUtils.readObject(processor, tag, config, KEY);
    List<?> entries = value instanceof List<?> list ? list : List.of(value);
    if (entries.isEmpty()) {
      throw newConfigurationException(processor, tag, KEY, "must have at least one entry, got []");
    }
    List<InputOutput> all = new ArrayList<>(entries.size());
    for (Object entry : entries) {
      all.add(read(processor, tag, entry));
    }
    return List.copyOf(all);
  }

  private static InputOutput read(String processor, String tag, Object entry) {
    if (entry instanceof Map<?, ?> == false) {
      throw newConfigurationException(
          processor, tag, KEY, "must hold objects, got " + ReceivedValues.describe(entry));
    }
    Map<String, Object> options = new HashMap<>();
    ((Map<?, ?>) entry).forEach((name, value) -> options.put(String.valueOf(name), value));
    String inputField = readPath(processor, tag, options, "input_field");
    String typeId = readStringProperty(processor, tag, options, "input_type");
    String outputField = readPath(processor, tag, options, "output_field");
    if (options.isEmpty() == false) {
      throw newConfigurationException(
          processor,
          tag,
          KEY,
          "does not support "
              + new TreeSet<>(options.keySet())
              + ", expected [input_field, input_type, output_field]");
    }
    InputType type =
        InputType.fromId(typeId)
            .orElseThrow(
                () ->
                    newConfigurationException(
                        processor,
                        tag,
                        "input_type",
                        "must be one of " + InputType.ids() + ", got [" + typeId + "]"));
    return new InputOutput(inputField, type, outputField);
  }

  private static String readPath(
      String processor, String tag, Map<String, Object> options, String name) {
    String path = readStringProperty(processor, tag, options, name);
    requirePath(processor, tag, name, path);
    return path;
  }

  /** A dotted path has no empty part. */
  static void requirePath(String processor, String tag, String name, String path) {
    if (path.isEmpty() || path.startsWith(".") || path.endsWith(".") || path.contains("..")) {
      throw newConfigurationException(
          processor, tag, name, "must be a dotted path without empty parts, got [" + path + "]");
    }
  }
}
