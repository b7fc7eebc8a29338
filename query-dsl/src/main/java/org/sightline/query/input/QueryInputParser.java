package org.sightline.query.input;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.core.Strings;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParser.Token;

/** Parses {@code input}: which keys are allowed depends on {@code type}, wherever that stands. */
final class QueryInputParser {
  /** The keys that an input may have, by its type. */
  private static final Map<String, List<String>> KEYS = new LinkedHashMap<>();

  static {
    KEYS.put("text", List.of("type", "value", "weight"));
    KEYS.put("image", List.of("type", "value", "format", "weight"));
    KEYS.put("document", List.of("type", "index", "id", "path", "routing", "weight"));
  }

  /** Reserved, and not offered: it is known, so that the refusal can say why. */
  private static final String IMAGE_URL = "image_url";

  private QueryInputParser() {}

  static QueryInput parse(XContentParser parser) throws IOException {
    XContentLocation location = parser.getTokenLocation();
    List<WeightedInput> inputs = new ArrayList<>();
    if (parser.currentToken() != Token.START_ARRAY) {
      inputs.add(parseOne(parser));
    } else {
      while (parser.nextToken() != Token.END_ARRAY) {
        if (inputs.size() == QueryInput.MAX_INPUTS) {
          throw failure(location, QueryInput.tooMany());
        }
        inputs.add(parseOne(parser));
      }
    }
    try {
      return new QueryInput(inputs);
    } catch (IllegalArgumentException e) {
      throw failure(location, e);
    }
  }

  static WeightedInput parseOne(XContentParser parser) throws IOException {
    XContentLocation location = parser.getTokenLocation();
    Map<String, Object> values = new LinkedHashMap<>();
    switch (parser.currentToken()) {
      case VALUE_STRING -> values.putAll(Map.of("type", "text", "value", parser.text()));
      case START_OBJECT -> readKeys(parser, values);
      default ->
          throw failure(
              location,
              refused(
                  "[input] must be a text, an object with a [type] of %s, or a list of these, got"
                      + " [%s]",
                  KEYS.keySet(), parser.currentToken()));
    }
    try {
      return new WeightedInput(
          toSource(values),
          values.get("weight") instanceof Float weight ? weight : WeightedInput.DEFAULT_WEIGHT);
    } catch (IllegalArgumentException e) {
      throw failure(location, e);
    }
  }

  /** Texts by their keys and the weight as a float; null for values of another kind. */
  private static void readKeys(XContentParser parser, Map<String, Object> values)
      throws IOException {
    XContentLocation location = parser.getTokenLocation();
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      Token token = parser.nextToken();
      if (key.equals("weight")) {
        if (token != Token.VALUE_NUMBER) {
          throw failure(
              location, refused("[weight] of an [input] must be a number, got [%s]", token));
        }
        values.put(key, parser.floatValue());
      } else if (token == Token.VALUE_STRING) {
        values.put(key, parser.text());
      } else {
        // an unknown key is named later, after its value has been skipped
        values.putIfAbsent(key, null);
        parser.skipChildren();
      }
    }
  }

  private static InputSource toSource(Map<String, Object> values) {
    if (values.get("type") == null) {
      throw refused("[input] has no [type], expected one of %s", KEYS.keySet());
    }
    String type = (String) values.get("type");
    if (type.equals(IMAGE_URL)) {
      throw refused(
          "[input] of type [image_url] is not allowed: no host is on the allow-list, send the"
              + " picture as type [image] with a base64 [value]");
    }
    List<String> allowed = KEYS.get(type);
    if (allowed == null) {
      throw refused("[type] of an [input] must be one of %s, got [%s]", KEYS.keySet(), type);
    }
    for (String key : values.keySet()) {
      if (allowed.contains(key) == false) {
        throw refused(
            "unknown key [%s] in an [input] of type [%s], allowed are %s", key, type, allowed);
      }
    }
    return switch (type) {
      case "text" -> new InputSource.Text(required(values, "value"));
      case "image" -> {
        // Elasticsearch's own inference input has a format for images; base64 is its only value
        if (values.containsKey("format") && "base64".equals(values.get("format")) == false) {
          throw refused(
              "[format] of an [input] of type [image] must be [base64], got [%s]",
              values.get("format"));
        }
        yield new InputSource.Image(required(values, "value"));
      }
      default ->
          new InputSource.Document(
              required(values, "index"),
              required(values, "id"),
              required(values, "path"),
              values.containsKey("routing") ? required(values, "routing") : null);
    };
  }

  private static String required(Map<String, Object> values, String key) {
    if (values.get(key) instanceof String value) {
      return value;
    }
    throw refused("[input] of type [%s] needs [%s], a string", values.get("type"), key);
  }

  private static IllegalArgumentException refused(String message, Object... arguments) {
    return new IllegalArgumentException(Strings.format(message, arguments));
  }

  /** Gives what is refused the place in the request where it stands. */
  private static ParsingException failure(XContentLocation location, IllegalArgumentException e) {
    // the message goes in as an argument because it quotes the user, who may write braces
    return new ParsingException(location, "{}", null, e.getMessage());
  }
}
