package org.sightline.query.mapping;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where the documents of a search have the values of a field in {@code _source}, which depends on
 * their index: the field may be an alias there, a multi-field, or kept out of {@code _source}.
 */
public final class SourceField {
  private final String field;
  private final Map<String, String> pathByIndex;

  private SourceField(String field, Map<String, String> pathByIndex) {
    this.field = field;
    this.pathByIndex = pathByIndex;
  }

  /**
   * @param mappings of the indices of the search; in those of other clusters a field is where its
   *     name says
   */
  public static SourceField of(FieldMappings mappings, String field) {
    Map<String, String> paths = new HashMap<>();
    mappings.indices().forEach(index -> paths.put(index, mappings.sourcePath(index, field)));
    return new SourceField(field, paths);
  }

  /** As users name it. */
  public String field() {
    return field;
  }

  /** All paths that documents may have it at. */
  public Set<String> paths() {
    Set<String> paths = new TreeSet<>(Set.of(field));
    pathByIndex.values().stream().filter(path -> path != null).forEach(paths::add);
    return paths;
  }

  /** Whether the index is known to keep the field out of {@code _source}. */
  public boolean isMissingIn(String index) {
    return pathByIndex.containsKey(index) && pathByIndex.get(index) == null;
  }

  /**
   * @param index name, or null for an index of another cluster
   */
  public String path(String index) {
    return pathByIndex.getOrDefault(index, field);
  }
}
