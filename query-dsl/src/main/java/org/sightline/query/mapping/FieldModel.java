package org.sightline.query.mapping;

import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.core.Strings;

/**
 * The model that a vector field names in its mapping: {@code "meta": {"sightline.model_id":
 * "emoji-clip"}}.
 */
public final class FieldModel {
  /** The key under {@code meta}. */
  public static final String META_KEY = "sightline.model_id";

  private FieldModel() {}

  /**
   * The model that the field names in the indices of a search.
   *
   * @return the model id
   * @throws IllegalArgumentException (400) when no index names one, or when they do not agree
   */
  public static String require(FieldMappings mappings, String field) {
    Map<String, String> modelByIndex = new TreeMap<>();
    mappings
        .definitionsOf(field)
        .forEach(
            (index, definition) -> {
              if (definition.get("meta") instanceof Map<?, ?> meta
                  && meta.get(META_KEY) instanceof String modelId) {
                modelByIndex.put(index, modelId);
              }
            });
    long models = modelByIndex.values().stream().distinct().count();
    if (models > 1) {
      throw new IllegalArgumentException(
          Strings.format(
              "[model_id] is required: the mappings of [%s] name different models, by index %s",
              field, modelByIndex));
    }
    return modelByIndex.values().stream()
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    Strings.format(
                        "[model_id] is required: no mapping of [%s] names a model as [meta][%s]",
                        field, META_KEY)));
  }
}
