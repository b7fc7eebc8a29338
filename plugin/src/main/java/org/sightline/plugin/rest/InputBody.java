package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParser.Token;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.query.input.InputSource;
import org.sightline.query.input.QueryInput;
import org.sightline.query.input.WeightedInput;

/**
 * The body of {@code _embed} and {@code _match}.
 *
 * @param query the one input that the others are matched with; null where the call has none
 * @param input what is embedded or matched
 */
record InputBody(InputSource query, ApiInputs input) {

  /**
   * Parses a whole body.
   *
   * @param withQuery whether the call has a {@code query}, which is then required
   * @param maxInputs most inputs of a list
   */
  static InputBody parse(XContentParser parser, boolean withQuery, int maxInputs)
      throws IOException {
    Set<String> allowed = new TreeSet<>(withQuery ? Set.of("query", "input") : Set.of("input"));
    if (parser.nextToken() != Token.START_OBJECT) {
      throw failure(parser.getTokenLocation(), "the body must be an object with " + allowed);
    }
    InputSource query = null;
    ApiInputs input = null;
    while (parser.nextToken() != Token.END_OBJECT) {
      String key = parser.currentName();
      if (allowed.contains(key) == false) {
        throw failure(
            parser.getTokenLocation(), "unknown key [" + key + "], allowed are " + allowed);
      }
      parser.nextToken();
      if (key.equals("query")) {
        query = parseOne(parser, "query");
      } else {
        input = parseInputs(parser, maxInputs);
      }
    }
    require(parser, "input", input);
    if (withQuery) {
      require(parser, "query", query);
    }
    return new InputBody(query, input);
  }

  private static void require(XContentParser parser, String key, Object value) {
    if (value == null) {
      throw failure(parser.getTokenLocation(), "[" + key + "] is missing");
    }
  }

  private static ApiInputs parseInputs(XContentParser parser, int maxInputs) throws IOException {
    if (parser.currentToken() != Token.START_ARRAY) {
      return ApiInputs.single(parseOne(parser, "input"));
    }
    XContentLocation location = parser.getTokenLocation();
    List<InputSource> sources = new ArrayList<>();
    while (parser.nextToken() != Token.END_ARRAY) {
      if (sources.size() == maxInputs) {
        throw failure(location, "[input] has more than [" + maxInputs + "] inputs");
      }
      sources.add(parseOne(parser, "input[" + sources.size() + "]"));
    }
    if (sources.isEmpty()) {
      throw failure(location, "[input] is an empty list, expected at least one input");
    }
    return new ApiInputs(sources, true);
  }

  private static InputSource parseOne(XContentParser parser, String name) throws IOException {
    XContentLocation location = parser.getTokenLocation();
    if (parser.currentToken() == Token.START_ARRAY) {
      throw failure(location, "[" + name + "] must be a single input, got a list");
    }
    WeightedInput input = QueryInput.parse(parser).inputs().get(0);
    if (input.weight() != WeightedInput.DEFAULT_WEIGHT) {
      throw failure(location, "[" + name + "] has a [weight], which only searches combine");
    }
    return input.source();
  }

  private static ParsingException failure(XContentLocation location, String message) {
    // the message goes in as an argument because it quotes the user, who may write braces
    return new ParsingException(location, "{}", null, message);
  }
}
