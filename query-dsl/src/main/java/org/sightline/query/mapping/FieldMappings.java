package org.sightline.query.mapping;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.core.Strings;
import org.elasticsearch.plugins.FieldPredicate;

/**
 * Definitions of fields, as users wrote them, in the local indices of a search. Read from the
 * cluster state; a mapping that several indices share is parsed once. A field that the user may not
 * see is not there.
 */
public final class FieldMappings {
  /** The key under {@code meta} of a vector field whose value is the id of its model. */
  public static final String MODEL_KEY = "sightline.model_id";

  /**
   * The key under {@code meta} of a vector field whose value is the version of its model, in the
   * short form that {@code ModelInfo} gives. Elasticsearch allows 20 characters for a key.
   */
  public static final String VERSION_KEY = "sightline.version";

  /** In place of the path of a field outside of nested objects; no path has a space. */
  private static final String NOT_NESTED = "not nested";

  private final Map<String, Map<String, Object>> mappingByIndex;
  private final Function<String, FieldPredicate> visibleFields;

  private FieldMappings(
      Map<String, Map<String, Object>> mappingByIndex,
      Function<String, FieldPredicate> visibleFields) {
    this.mappingByIndex = mappingByIndex;
    this.visibleFields = visibleFields;
  }

  /**
   * Parses the mappings of the indices.
   *
   * @param indices of the search; null, where a request does not say, is like none
   * @param visibleFields by index; asked on this thread, whenever a field is looked for
   */
  public static FieldMappings of(
      ResolvedIndices indices, Function<String, FieldPredicate> visibleFields) {
    Map<String, Map<String, Object>> byIndex = new TreeMap<>();
    if (indices != null) {
      Map<String, Map<String, Object>> byDigest = new HashMap<>();
      for (IndexMetadata index : indices.getConcreteLocalIndicesMetadata().values()) {
        MappingMetadata mapping = index.mapping();
        if (mapping != null) {
          byIndex.put(
              index.getIndex().getName(),
              byDigest.computeIfAbsent(mapping.getSha256(), digest -> mapping.sourceAsMap()));
        }
      }
    }
    return new FieldMappings(byIndex, visibleFields);
  }

  /**
   * Where a field stands in a mapping.
   *
   * @param definition not to be changed
   * @param nestedPath full path of the innermost {@code nested} object around it, or null
   */
  private record Place(Map<String, Object> definition, String nestedPath) {}

  /**
   * The definition of a field in every index that maps it; aliases are followed.
   *
   * @return index name to definition, in the order of names; definitions are not to be changed
   */
  public Map<String, Map<String, Object>> definitionsOf(String field) {
    Map<String, Map<String, Object>> found = new LinkedHashMap<>();
    placesOf(field).forEach((index, place) -> found.put(index, place.definition()));
    return found;
  }

  /**
   * The innermost {@code nested} object around a field in the indices of a search.
   *
   * @return its full path, or empty where the field is not nested or no index maps it
   * @throws IllegalArgumentException (400) when the indices do not agree
   */
  public Optional<String> nestedPathOf(String field) {
    Map<String, String> pathByIndex = new TreeMap<>();
    placesOf(field)
        .forEach(
            (index, place) ->
                pathByIndex.put(index, Objects.requireNonNullElse(place.nestedPath(), NOT_NESTED)));
    if (pathByIndex.values().stream().distinct().count() > 1) {
      throw new IllegalArgumentException(
          Strings.format(
              "[%s] must be in the same nested object in all indices of a search, by index it is in"
                  + " %s",
              field, pathByIndex));
    }
    return pathByIndex.values().stream()
        .findFirst()
        .filter(path -> path.equals(NOT_NESTED) == false);
  }

  /**
   * The model that the mappings of a vector field name: {@code "meta": {"sightline.model_id":
   * "emoji-clip"}}.
   *
   * @return the model id
   * @throws IllegalArgumentException (400) when no index names one, or when they do not agree
   */
  public String requireModelOf(String field) {
    Map<String, String> modelByIndex = new TreeMap<>();
    definitionsOf(field)
        .forEach(
            (index, definition) -> {
              if (definition.get("meta") instanceof Map<?, ?> meta
                  && meta.get(MODEL_KEY) instanceof String modelId) {
                modelByIndex.put(index, modelId);
              }
            });
    if (modelByIndex.isEmpty()) {
      throw new IllegalArgumentException(
          Strings.format(
              "[model_id] is required: no mapping of [%s] names a model as [meta][%s]",
              field, MODEL_KEY));
    }
    if (modelByIndex.values().stream().distinct().count() > 1) {
      throw new IllegalArgumentException(
          Strings.format(
              "[model_id] is required: the mappings of [%s] name different models, by index %s",
              field, modelByIndex));
    }
    return modelByIndex.values().iterator().next();
  }

  private Map<String, Place> placesOf(String field) {
    Map<String, Place> found = new LinkedHashMap<>();
    mappingByIndex.forEach(
        (index, mapping) -> {
          FieldPredicate visible = visibleFields.apply(index);
          Place place = find(visible, mapping, field);
          if (place != null && isAlias(place)) {
            place = find(visible, mapping, String.valueOf(place.definition().get("path")));
          }
          if (place != null) {
            found.put(index, place);
          }
        });
    return found;
  }

  /** The indices in which the name is that of an alias for another field. */
  public Set<String> indicesWithAlias(String field) {
    Set<String> found = new HashSet<>();
    mappingByIndex.forEach(
        (index, mapping) -> {
          Place place = find(visibleFields.apply(index), mapping, field);
          if (place != null && isAlias(place)) {
            found.add(index);
          }
        });
    return found;
  }

  private static boolean isAlias(Place place) {
    return "alias".equals(place.definition().get("type"));
  }

  private static Place find(FieldPredicate visible, Map<String, Object> mapping, String field) {
    return visible.test(field) ? find(new Place(mapping, null), "", field) : null;
  }

  /**
   * Looks among sub-objects and multi-fields; a name may itself contain dots.
   *
   * @param prefix full path of the parent with a dot behind it, empty for the mapping itself
   */
  private static Place find(Place parent, String prefix, String path) {
    for (String children : new String[] {"properties", "fields"}) {
      Map<String, Object> named = objectAt(parent.definition(), children);
      if (named == null) {
        continue;
      }
      for (int end = path.length(); end > 0; end = path.lastIndexOf('.', end - 1)) {
        String name = path.substring(0, end);
        Map<String, Object> child = objectAt(named, name);
        if (child != null && end == path.length()) {
          return new Place(child, parent.nestedPath());
        }
        Place found =
            child == null
                ? null
                : find(
                    inside(child, parent, prefix + name),
                    prefix + name + ".",
                    path.substring(end + 1));
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private static Place inside(Map<String, Object> child, Place parent, String path) {
    return new Place(child, "nested".equals(child.get("type")) ? path : parent.nestedPath());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> objectAt(Map<String, Object> map, String key) {
    return map.get(key) instanceof Map<?, ?> child ? (Map<String, Object>) child : null;
  }
}
