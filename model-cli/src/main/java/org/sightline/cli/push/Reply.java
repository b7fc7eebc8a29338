package org.sightline.cli.push;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;

/**
 * What a cluster, or something before it, answered.
 *
 * @param body null when it is no JSON object
 */
record Reply(int status, JsonObject body) {

  static Reply of(int status, byte[] body) {
    try {
      JsonElement parsed = JsonParser.parseString(new String(body, StandardCharsets.UTF_8));
      return new Reply(status, parsed instanceof JsonObject object ? object : null);
    } catch (JsonParseException e) {
      return new Reply(status, null);
    }
  }

  /** Whether Elasticsearch has no such route: its error is a text then, and no object. */
  boolean isUnknownRoute() {
    return (status == 400 || status == 405)
        && body != null
        && body.get("error") instanceof JsonPrimitive;
  }

  /** The type of Elasticsearch's error, or an empty string. */
  String errorType() {
    return body != null && body.get("error") instanceof JsonObject error ? text(error, "type") : "";
  }

  /** Status, and Elasticsearch's type and reason where there are some. */
  String says() {
    if (body == null) {
      return "HTTP " + status;
    }
    String type = errorType();
    String reason =
        body.get("error") instanceof JsonObject error ? text(error, "reason") : text(body, "error");
    return "HTTP "
        + status
        + (type.isEmpty() && reason.isEmpty() ? "" : ", ")
        + (type.isEmpty() || reason.isEmpty() ? type + reason : type + ": " + reason);
  }

  /** A text on one line, without what a terminal would obey; empty where there is none. */
  static String text(JsonObject object, String name) {
    return object.get(name) instanceof JsonPrimitive value && value.isString()
        ? value.getAsString().replaceAll("\\p{Cntrl}+", " ").strip()
        : "";
  }

  /** The integer, or -1 where it is none. */
  static long integer(JsonElement element) {
    try {
      return element instanceof JsonPrimitive value && value.isNumber()
          ? value.getAsBigDecimal().longValueExact()
          : -1;
    } catch (ArithmeticException | NumberFormatException e) {
      return -1;
    }
  }
}
