package org.sightline.ingest;

import java.util.List;
import java.util.Map;

/** Words for values of a document or a pipeline that are not what was expected. */
final class ReceivedValues {
  private ReceivedValues() {}

  static String describe(Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> map -> "an object with " + map.size() + " fields";
      case List<?> list -> "a list of " + list.size() + " values";
      case Number number -> "the number [" + number + "]";
      case Boolean bool -> "the boolean [" + bool + "]";
      case String string -> "the string [" + abbreviate(string) + "]";
      default -> "a value of type [" + value.getClass().getSimpleName() + "]";
    };
  }

  private static String abbreviate(String string) {
    return string.length() <= 64 ? string : string.substring(0, 64) + "…";
  }
}
