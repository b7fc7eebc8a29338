package org.sightline.cli.push;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/** Reads the fields of an answer. */
final class Fields {
  private Fields() {}

  /** A text on one line, without what a terminal would obey; empty where there is none. */
  static String text(JsonObject object, String name) {
    return object.get(name) instanceof JsonPrimitive value && value.isString()
        ? value.getAsString().replaceAll("\\p{Cntrl}+", " ").strip()
        : "";
  }

  /** An integer, or -1 where there is none. */
  static long integer(JsonObject object, String name) {
    return integer(object.get(name));
  }

  /** The integer, or -1 where it is none. */
  static long integer(JsonElement element) {
    if (element instanceof JsonPrimitive value && value.isNumber()) {
      try {
        return value.getAsBigDecimal().longValueExact();
      } catch (ArithmeticException | NumberFormatException e) {
        return -1;
      }
    }
    return -1;
  }
}
