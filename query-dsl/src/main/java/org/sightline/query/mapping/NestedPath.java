package org.sightline.query.mapping;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.elasticsearch.core.Strings;

/** Finds the {@code nested} objects that hold the vectors of a field, several a document. */
public final class NestedPath {
  private NestedPath() {}

  /**
   * The innermost nested object around a field in the indices of a search.
   *
   * @return its full path, or empty where the field is not nested or no index maps it
   * @throws IllegalArgumentException (400) when the indices do not agree
   */
  public static Optional<String> find(FieldMappings mappings, String field) {
    Map<String, Optional<String>> pathByIndex = mappings.nestedPathsOf(field);
    if (pathByIndex.values().stream().distinct().count() > 1) {
      Map<String, String> shown = new TreeMap<>();
      pathByIndex.forEach((index, path) -> shown.put(index, path.orElse("not nested")));
      throw new IllegalArgumentException(
          Strings.format(
              "[%s] must be in the same nested object in all indices of a search, by index it is in"
                  + " %s",
              field, shown));
    }
    return pathByIndex.values().stream().findFirst().flatMap(path -> path);
  }
}
