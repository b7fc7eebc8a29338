package org.sightline.query.input;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.core.Strings;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParser.Token;

/** Parses {@code input}: which keys are allowed depends on {@code type}, wherever that stands. */
final class QueryInputParser {
  private static final List<String> TYPES = List.of("text", "image", "image_url", "document");
  private static final List<String> TEXT_KEYS = List.of("type", "value", "weight");
  private static final List<String> IMAGE_KEYS = List.of("type", "value", "format", "weight");
  private static final List<String> DOCUMENT_KEYS =
      List.of("type", "index", "id", "path", "routing", "weight");

  private QueryInputParser() {}

  static QueryInput parse(XContentParser parser) throws IOException {
    XContentLocation location = parser.getTokenLocation();
    if (parser.currentToken() != Token.START_ARRAY) {
      return new QueryInput(List.of(parseOne(parser)));
    }
    List<WeightedInput> inputs = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      if (inputs.size() == QueryInput.MAX_INPUTS) {
        throw failure(location, QueryInput.tooMany());
      }
      inputs.add(parseOne(parser));
    }
    return guarded(location, () -> new QueryInput(inputs));
  }

  private static WeightedInput parseOne(XContentParser parser) throws IOException {
    XContentLocation location = parser.getTokenLocation();
    return switch (parser.currentToken()) {
      case VALUE_STRING -> {
        String text = parser.text();
        yield guarded(location, () -> WeightedInput.of(new InputSource.Text(text)));
      }
      case START_OBJECT -> parseObject(parser, location);
      default ->
          throw failure(
              location,
              Strings.format(
                  "[input] must be a text, an object with a [type] of %s, or a list of these, got"
                      + " [%s]",
                  TYPES, parser.currentToken()));
    };
  }

  private static WeightedInput parseObject(XContentParser parser, XContentLocation location)
      throws IOException {
    Map<String, String> texts = new HashMap<>();
    float weight = WeightedInput.DEFAULT_WEIGHT;
    List<String> keys = new ArrayList<>();
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      Token token = parser.nextToken();
      keys.add(key);
      if (key.equals("weight")) {
        if (token != Token.VALUE_NUMBER) {
          throw failure(location, "[weight] of an [input] must be a number, got [" + token + "]");
        }
        weight = parser.floatValue();
      } else if (token == Token.VALUE_STRING) {
        texts.put(key, parser.text());
      } else {
        // an unknown key is named below, after its value has been skipped
        parser.skipChildren();
      }
    }
    InputSource source = toSource(location, keys, texts);
    float parsedWeight = weight;
    return guarded(location, () -> new WeightedInput(source, parsedWeight));
  }

  private static InputSource toSource(
      XContentLocation location, List<String> keys, Map<String, String> texts) {
    String type = texts.get("type");
    if (type == null) {
      throw failure(location, "[input] has no [type], expected one of " + TYPES);
    }
    return switch (type) {
      case "text" -> {
        checkKeys(location, type, keys, TEXT_KEYS);
        String value = required(location, type, texts, "value");
        yield guarded(location, () -> new InputSource.Text(value));
      }
      case "image" -> {
        checkKeys(location, type, keys, IMAGE_KEYS);
        checkFormat(location, keys, texts);
        yield new InputSource.Image(required(location, type, texts, "value"));
      }
      case "image_url" ->
          throw failure(
              location,
              "[input] of type [image_url] is not allowed: no host is on the allow-list, send the"
                  + " picture as type [image] with a base64 [value]");
      case "document" -> {
        checkKeys(location, type, keys, DOCUMENT_KEYS);
        String index = required(location, type, texts, "index");
        String id = required(location, type, texts, "id");
        String path = required(location, type, texts, "path");
        String routing =
            keys.contains("routing") ? required(location, type, texts, "routing") : null;
        yield guarded(location, () -> new InputSource.Document(index, id, path, routing));
      }
      default ->
          throw failure(
              location, "[type] of an [input] must be one of " + TYPES + ", got [" + type + "]");
    };
  }

  private static void checkKeys(
      XContentLocation location, String type, List<String> keys, List<String> allowed) {
    for (String key : keys) {
      if (allowed.contains(key) == false) {
        throw failure(
            location,
            Strings.format(
                "unknown key [%s] in an [input] of type [%s], allowed are %s", key, type, allowed));
      }
    }
  }

  /** Elasticsearch's own inference input has a format for images; base64 is its only value. */
  private static void checkFormat(
      XContentLocation location, List<String> keys, Map<String, String> texts) {
    if (keys.contains("format") && "base64".equals(texts.get("format")) == false) {
      throw failure(
          location,
          Strings.format(
              "[format] of an [input] of type [image] must be [base64], got [%s]",
              texts.get("format")));
    }
  }

  private static String required(
      XContentLocation location, String type, Map<String, String> texts, String key) {
    String value = texts.get(key);
    if (value == null) {
      throw failure(location, "[input] of type [" + type + "] needs [" + key + "], a string");
    }
    return value;
  }

  private interface Construction<T> {
    T run();
  }

  /** Gives what a constructor refuses the place in the request where it stands. */
  private static <T> T guarded(XContentLocation location, Construction<T> construction) {
    try {
      return construction.run();
    } catch (IllegalArgumentException e) {
      throw failure(location, e);
    }
  }

  private static ParsingException failure(XContentLocation location, IllegalArgumentException e) {
    return failure(location, e.getMessage());
  }

  private static ParsingException failure(XContentLocation location, String message) {
    // the message goes in as an argument because it quotes the user, who may write braces
    return new ParsingException(location, "{}", null, message);
  }
}
