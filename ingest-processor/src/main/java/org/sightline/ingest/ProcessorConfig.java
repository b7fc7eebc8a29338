package org.sightline.ingest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ingest.ConfigurationUtils;

/**
 * The options of a processor as they stand in a pipeline. Reading an option removes it; whatever is
 * left in the end is refused by Elasticsearch.
 *
 * @param type type of the processor, for errors
 * @param tag tag of the processor, for errors; may be null
 */
record ProcessorConfig(String type, String tag, Map<String, Object> options) {

  /** The error for an option: {@code reason} says what is wrong with it. */
  ElasticsearchException error(String name, String reason) {
    return ConfigurationUtils.newConfigurationException(type, tag, name, reason);
  }

  String string(String name) {
    return ConfigurationUtils.readStringProperty(type, tag, options, name);
  }

  /** The string, or null where the option is absent. */
  String optionalString(String name) {
    return ConfigurationUtils.readOptionalStringProperty(type, tag, options, name);
  }

  /** A dotted path; it has no empty part. */
  String path(String name) {
    return requirePath(name, string(name));
  }

  /** The dotted path, or null where the option is absent. */
  String optionalPath(String name) {
    String path = optionalString(name);
    return path == null ? null : requirePath(name, path);
  }

  String requirePath(String name, String path) {
    if (path.isEmpty() || path.startsWith(".") || path.endsWith(".") || path.contains("..")) {
      throw error(name, "must be a dotted path without empty parts, got [" + path + "]");
    }
    return path;
  }

  /** The boolean; false where the option is absent. */
  boolean flag(String name) {
    return ConfigurationUtils.readBooleanProperty(type, tag, options, name, false);
  }

  /** The number, or null where the option is absent. */
  Integer integer(String name) {
    return options.containsKey(name)
        ? ConfigurationUtils.readIntProperty(type, tag, options, name, 0)
        : null;
  }

  /** The number, or null where the option is absent. */
  Double number(String name) {
    return options.containsKey(name)
        ? ConfigurationUtils.readDoubleProperty(type, tag, options, name)
        : null;
  }

  /** The number, in [0, 1], or null where the option is absent. */
  Double probability(String name) {
    Double probability = number(name);
    if (probability != null && !(probability >= 0 && probability <= 1)) {
      throw error(name, "must be in [0, 1], got [" + probability + "]");
    }
    return probability;
  }

  /**
   * A list of strings.
   *
   * @param value value of the option, which has been removed already
   */
  List<String> strings(String name, Object value) {
    if (value instanceof List<?> == false) {
      throw error(name, "must be a list of strings, got " + ReceivedValues.describe(value));
    }
    for (Object entry : (List<?>) value) {
      if (entry instanceof String == false) {
        throw error(name, "must hold strings, got " + ReceivedValues.describe(entry));
      }
    }
    return ((List<?>) value).stream().map(String.class::cast).toList();
  }

  /** The options of an object inside these options. */
  ProcessorConfig nested(Map<?, ?> object) {
    Map<String, Object> copy = new HashMap<>();
    object.forEach((name, value) -> copy.put(String.valueOf(name), value));
    return new ProcessorConfig(type, tag, copy);
  }

  /**
   * Refuses what is left of an object inside these options.
   *
   * @param name option that holds the object
   * @param expected names that are supported
   */
  void requireEmpty(String name, String... expected) {
    if (options.isEmpty() == false) {
      throw error(
          name,
          "does not support "
              + new TreeSet<>(options.keySet())
              + ", expected "
              + List.of(expected));
    }
  }
}
