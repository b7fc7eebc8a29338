package org.sightline.ingest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * The texts that a document brought and that a filter may drop: each field holds a string or a list
 * of strings. Blank ones are missing and stay as they are. Reads the document when made.
 */
final class GivenTexts {

  /** One text; {@code field} is its dotted path. */
  record Given(String field, String text) {}

  private final FieldScope document;
  private final List<String> fields;
  private final List<Given> texts = new ArrayList<>();

  /**
   * @throws IllegalArgumentException naming the field that holds something else
   */
  GivenTexts(FieldScope document, List<String> fields) {
    this.document = document;
    this.fields = fields;
    for (String field : fields) {
      for (Object single : values(field)) {
        if (DocumentInputs.isMissing(single, InputType.TEXT)) {
          continue;
        }
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

  private List<?> values(String field) {
    Object value = document.get(field);
    return value instanceof List<?> list ? list : Collections.singletonList(value);
  }

  /** In the order of the fields, then of their values. */
  List<Given> texts() {
    return texts;
  }

  /**
   * Keeps some texts and drops the others; a field of which nothing is kept is removed.
   *
   * @param kept one for each text
   * @param writes gets what changes
   */
  void keep(List<Boolean> kept, FieldWrites writes) {
    Iterator<Boolean> next = kept.iterator();
    for (String field : fields) {
      List<?> before = values(field);
      List<Object> left = new ArrayList<>(before);
      left.removeIf(
          value ->
              DocumentInputs.isMissing(value, InputType.TEXT) == false && next.next() == false);
      if (left.size() == before.size()) {
        continue;
      }
      if (left.isEmpty()) {
        writes.remove(document, field);
      } else {
        writes.set(document, field, left);
      }
    }
  }
}
