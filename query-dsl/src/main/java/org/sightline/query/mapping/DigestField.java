package org.sightline.query.mapping;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.core.Strings;
import org.elasticsearch.plugins.FieldPredicate;

/** Finds the doc values that hold the digests of images. */
public final class DigestField {
  /** Below a string that was mapped dynamically. */
  static final String KEYWORD = ".keyword";

  private DigestField() {}

  /**
   * The field to fetch doc values of. Where strings were mapped dynamically, as text with a keyword
   * below it, that keyword.
   *
   * @param indices of the search, or null
   * @param visibleFields by index; one that the user may not see is not there
   * @param required named by the user, or null
   * @param assumed name that is tried when the user names none
   * @return a keyword field with doc values, or null when there is none
   * @throws IllegalArgumentException (400) when the field that the user names has no such values
   */
  public static String find(
      ResolvedIndices indices,
      Function<String, FieldPredicate> visibleFields,
      String required,
      String assumed) {
    String field = required != null ? required : assumed;
    if (indices != null && indices.getRemoteClusterIndices().isEmpty() == false) {
      // mappings of other clusters are not known here, the user must know them
      return required;
    }
    FieldMappings mappings = FieldMappings.of(indices, visibleFields);
    for (String candidate : List.of(field, field + KEYWORD)) {
      Map<String, Map<String, Object>> definitions = mappings.definitionsOf(candidate);
      if (definitions.isEmpty() == false
          && definitions.values().stream().allMatch(DigestField::hasKeywords)) {
        return candidate;
      }
    }
    if (required != null) {
      mappings
          .definitionsOf(required)
          .forEach(
              (index, definition) -> {
                throw new IllegalArgumentException(
                    Strings.format(
                        "[digest_field] must be a keyword field with doc values, [%s] is of type"
                            + " [%s] in index [%s]",
                        required, definition.getOrDefault("type", "object"), index));
              });
    }
    return null;
  }

  private static boolean hasKeywords(Map<String, Object> definition) {
    return "keyword".equals(definition.get("type"))
        && Boolean.parseBoolean(String.valueOf(definition.getOrDefault("doc_values", true)));
  }
}
