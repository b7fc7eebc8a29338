package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParser.Token;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.query.input.InputSource;
import org.sightline.query.input.QueryInput;
import org.sightline.query.input.WeightedInput;

/** What the bodies of the REST interface are made of. Every refusal is a 400 that names the key. */
final class BodyParser {

  /** Reads the value of a key; the parser stands on it. */
  interface Field {
    Object read(XContentParser parser, String key) throws IOException;
  }

  /** The values of an object by key; each has the type that its field reads. */
  record Values(Map<String, Object> byKey) {
    /** The value, or null. */
    <T> T get(String key) {
      return get(key, null);
    }

    @SuppressWarnings("unchecked")
    <T> T get(String key, T otherwise) {
      return (T) byKey.getOrDefault(key, otherwise);
    }
  }

  private BodyParser() {}

  /** Reads an object that has these keys and no others. */
  static Values object(
      XContentParser parser, SortedMap<String, Field> fields, List<String> required)
      throws IOException {
    if (parser.nextToken() != Token.START_OBJECT) {
      throw failure(
          parser.getTokenLocation(), "the body must be an object with " + fields.keySet());
    }
    Map<String, Object> values = new HashMap<>();
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      Field field = fields.get(key);
      if (field == null) {
        throw failure(
            parser.getTokenLocation(), "unknown key [" + key + "], allowed are " + fields.keySet());
      }
      parser.nextToken();
      values.put(key, field.read(parser, key));
    }
    if (parser.nextToken() != null) {
      throw failure(
          parser.getTokenLocation(), "the body must end with its object, got more behind it");
    }
    for (String key : required) {
      if (values.containsKey(key) == false) {
        throw failure(parser.getTokenLocation(), "[" + key + "] is missing");
      }
    }
    return new Values(values);
  }

  /** The inputs of {@code input}: one, or a list. */
  static ApiInputs inputs(XContentParser parser, int maxInputs) throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      return ApiInputs.single(input(parser, "input"));
    }
    XContentLocation location = parser.getTokenLocation();
    List<InputSource> sources = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      if (sources.size() == maxInputs) {
        throw failure(location, "[input] has more than [" + maxInputs + "] inputs");
      }
      sources.add(input(parser, "input[" + sources.size() + "]"));
    }
    if (sources.isEmpty()) {
      throw failure(location, "[input] is an empty list, expected at least one input");
    }
    return new ApiInputs(sources, true);
  }

  static InputSource input(XContentParser parser, String name) throws IOException {
    XContentLocation location = parser.getTokenLocation();
    if (parser.currentToken() == Token.START_ARRAY) {
      throw failure(location, "[" + name + "] must be a single input, got a list");
    }
    WeightedInput input = QueryInput.parseOne(parser);
    if (input.weight() != WeightedInput.DEFAULT_WEIGHT) {
      throw failure(location, "[" + name + "] has a [weight], which only searches combine");
    }
    return input.source();
  }

  /** A list of at most so many strings, possibly none. */
  static List<String> strings(XContentParser parser, String name, int max) throws IOException {
    XContentLocation location = parser.getTokenLocation();
    if (parser.currentToken() != Token.START_ARRAY) {
      throw failure(location, "[" + name + "] must be a list of strings");
    }
    List<String> strings = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      if (parser.currentToken() != Token.VALUE_STRING) {
        throw failure(
            parser.getTokenLocation(), "[" + name + "[" + strings.size() + "]] must be a string");
      }
      if (strings.size() == max) {
        throw failure(location, "[" + name + "] has more than [" + max + "] entries");
      }
      strings.add(parser.text());
    }
    return strings;
  }

  static int positiveInt(XContentParser parser, String name) throws IOException {
    if (parser.currentToken() != Token.VALUE_NUMBER || parser.intValue() < 1) {
      throw failure(
          parser.getTokenLocation(),
          "[" + name + "] must be a number of at least 1, got [" + parser.textOrNull() + "]");
    }
    return parser.intValue();
  }

  static String string(XContentParser parser, String name) throws IOException {
    if (parser.currentToken() != Token.VALUE_STRING) {
      throw failure(parser.getTokenLocation(), "[" + name + "] must be a string");
    }
    return parser.text();
  }

  static double number(XContentParser parser, String name) throws IOException {
    if (parser.currentToken() != Token.VALUE_NUMBER) {
      throw failure(
          parser.getTokenLocation(),
          "[" + name + "] must be a number, got [" + parser.textOrNull() + "]");
    }
    return parser.doubleValue();
  }

  static long whole(XContentParser parser, String name) throws IOException {
    double number = number(parser, name);
    if (number != Math.rint(number) || Math.abs(number) > Long.MAX_VALUE) {
      throw failure(
          parser.getTokenLocation(),
          "[" + name + "] must be a whole number, got [" + parser.text() + "]");
    }
    return parser.longValue(false);
  }

  static int integer(XContentParser parser, String name) throws IOException {
    return Math.clamp(whole(parser, name), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static ParsingException failure(XContentLocation location, String message) {
    // the message goes in as an argument because it quotes the user, who may write braces
    return new ParsingException(location, "{}", null, message);
  }
}
