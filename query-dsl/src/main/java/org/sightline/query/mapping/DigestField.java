package org.sightline.query.mapping;

import java.util.List;
import java.util.Map;
import org.elasticsearch.core.Strings;

/** Finds the doc values that hold the digests of images. */
public final class DigestField {
  /** Below a string that was mapped dynamically. */
  static final String KEYWORD = ".keyword";

  private DigestField() {}

  /**
   * The field to fetch doc values of. Where strings were mapped dynamically, as text with a keyword
   * below it, that keyword.
   *
   * @param mappings of the indices of the search
   * @param required named by the user, or null
   * @param assumed name that is tried when the user names none
   * @return a keyword field with doc values, or null when there is none
   * @throws IllegalArgumentException (400) when the field that the user names has no such values
   */
  public static String find(FieldMappings mappings, String required, String assumed) {
    String field = required != null ? required : assumed;
    if (mappings.hasRemoteIndices()) {
      // mappings of other clusters are not known here, the user must know them
      return required;
    }
    for (String candidate : List.of(field, field + KEYWORD)) {
      Map<String, Map<String, Object>> definitions = mappings.definitionsOf(candidate);
      if (definitions.isEmpty() == false
          && definitions.values().stream().allMatch(DigestField::hasKeywords)) {
        return candidate;
      }
    }
    if (required != null) {
      mappings.requireSomewhere("digest_field", required);
      mappings
          .find(required)
          .forEach(
              (index, found) -> {
                throw new IllegalArgumentException(
                    Strings.format(
                        "[digest_field] must be a keyword field with doc values, [%s] is of type"
                            + " [%s] in index [%s]",
                        required, found.type(), index));
              });
    }
    return null;
  }

  private static boolean hasKeywords(Map<String, Object> definition) {
    return "keyword".equals(definition.get("type"))
        && Boolean.parseBoolean(String.valueOf(definition.getOrDefault("doc_values", true)));
  }
}
