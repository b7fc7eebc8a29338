package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ingest.IngestDocument;

/**
 * The texts that a document brought and that a filter may drop: each field holds a string or a list
 * of strings. Reads the document when made; writes it only in {@link #keep}.
 */
final class GivenTexts {

  /** One text; {@code field} is its dotted path. */
  record Given(String field, String text) {}

  private final IngestDocument document;
  private final List<String> fields;
  private final List<Given> texts = new ArrayList<>();

  /**
   * @throws IllegalArgumentException naming the field that holds something else
   */
  GivenTexts(IngestDocument document, List<String> fields) {
    this.document = document;
    this.fields = fields;
    for (String field : fields) {
      Object value = document.getFieldValue(field, Object.class, true);
      List<?> values =
          value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
      for (Object single : values) {
        if (single instanceof String == false) {
          throw new IllegalArgumentException(
              "["
                  + field
                  + "] must be a string or a list of strings, got "
                  + ReceivedValues.describe(single));
        }
        texts.add(new Given(field, (String) single));
      }
    }
  }

  /** In the order of the fields, then of their values. */
  List<Given> texts() {
    return texts;
  }

  /**
   * Keeps some texts and drops the others; a field of which nothing is kept is removed.
   *
   * @param kept one for each text
   */
  void keep(List<Boolean> kept) {
    Map<String, List<String>> left = new LinkedHashMap<>();
    fields.forEach(field -> left.put(field, new ArrayList<>()));
    for (int i = 0; i < texts.size(); i++) {
      if (kept.get(i)) {
        left.get(texts.get(i).field()).add(texts.get(i).text());
      }
    }
    left.forEach(this::write);
  }

  private void write(String field, List<String> values) {
    Object before = document.getFieldValue(field, Object.class, true);
    if (before == null) {
      return;
    }
    if (values.isEmpty()) {
      document.removeField(field);
    } else {
      document.setFieldValue(field, before instanceof List<?> ? values : values.get(0));
    }
  }
}
