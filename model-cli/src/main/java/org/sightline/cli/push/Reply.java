package org.sightline.cli.push;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * What a cluster, or something before it, answered.
 *
 * @param body null when it is no JSON object
 * @param retryAfter header of that name
 * @param location header of that name
 */
record Reply(int status, JsonObject body, Optional<String> retryAfter, Optional<String> location) {
  /** Those after which the same request may succeed. 500 is none: it is a fault of the server. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 502, 503, 504);

  static JsonObject parse(byte[] body) {
    try {
      JsonElement parsed = JsonParser.parseString(new String(body, StandardCharsets.UTF_8));
      return parsed.isJsonObject() ? parsed.getAsJsonObject() : null;
    } catch (JsonParseException e) {
      return null;
    }
  }

  boolean isPassing() {
    return PASSING.contains(status);
  }

  boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** Elasticsearch has no such route: what it says then is a text and no object. */
  boolean isUnknownRoute() {
    return (status == 400 || status == 405)
        && body != null
        && body.get("error") != null
        && body.get("error").isJsonPrimitive();
  }

  /** The type of Elasticsearch's error, or an empty string. */
  String errorType() {
    return body != null && body.get("error") instanceof JsonObject error
        ? Fields.text(error, "type")
        : "";
  }

  /** Status, and Elasticsearch's type and reason where there are some. */
  String says() {
    String status = "HTTP " + this.status;
    if (body == null) {
      return status;
    }
    String reason =
        body.get("error") instanceof JsonObject error
            ? Fields.text(error, "reason")
            : Fields.text(body, "error");
    String type = errorType();
    if (type.isEmpty() && reason.isEmpty()) {
      return status;
    }
    return status
        + ", "
        + (type.isEmpty() || reason.isEmpty() ? type + reason : type + ": " + reason);
  }
}
