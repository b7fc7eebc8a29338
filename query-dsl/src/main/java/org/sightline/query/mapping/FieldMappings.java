package org.sightline.query.mapping;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;

/**
 * Definitions of fields, as users wrote them, in the local indices of a search. Read from the
 * cluster state; a mapping that several indices share is parsed once.
 */
public final class FieldMappings {
  private final Map<String, Map<String, Object>> mappingByIndex;

  private FieldMappings(Map<String, Map<String, Object>> mappingByIndex) {
    this.mappingByIndex = mappingByIndex;
  }

  /**
   * Parses the mappings of the indices.
   *
   * @param indices of the search; null, where a request does not say, is like none
   */
  public static FieldMappings of(ResolvedIndices indices) {
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
    return new FieldMappings(byIndex);
  }

  /**
   * The definition of a field in every index that maps it; aliases are followed.
   *
   * @return index name to definition, in the order of names; definitions are not to be changed
   */
  public Map<String, Map<String, Object>> definitionsOf(String field) {
    Map<String, Map<String, Object>> found = new LinkedHashMap<>();
    mappingByIndex.forEach(
        (index, mapping) -> {
          Map<String, Object> definition = find(mapping, field);
          if (definition != null && "alias".equals(definition.get("type"))) {
            definition = find(mapping, String.valueOf(definition.get("path")));
          }
          if (definition != null) {
            found.put(index, definition);
          }
        });
    return found;
  }

  /** Looks among sub-objects and multi-fields; a name may itself contain dots. */
  private static Map<String, Object> find(Map<String, Object> parent, String path) {
    for (String children : new String[] {"properties", "fields"}) {
      Map<String, Object> named = objectAt(parent, children);
      if (named == null) {
        continue;
      }
      for (int end = path.length(); end > 0; end = path.lastIndexOf('.', end - 1)) {
        Map<String, Object> child = objectAt(named, path.substring(0, end));
        if (child != null && end == path.length()) {
          return child;
        }
        Map<String, Object> found = child == null ? null : find(child, path.substring(end + 1));
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> objectAt(Map<String, Object> map, String key) {
    return map.get(key) instanceof Map<?, ?> child ? (Map<String, Object>) child : null;
  }
}
