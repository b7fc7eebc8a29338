package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.query.input.InputSource;

/**
 * The body of {@code _embed} and {@code _match}.
 *
 * @param query the one input that the others are matched with; null where the call has none
 * @param input what is embedded or matched
 */
record InputBody(InputSource query, ApiInputs input) {

  private static final class Values {
    private InputSource query;
    private ApiInputs input;
  }

  /**
   * Parses a whole body.
   *
   * @param withQuery whether the call has a {@code query}, which is then required
   * @param maxInputs most inputs of a list
   */
  static InputBody parse(XContentParser parser, boolean withQuery, int maxInputs)
      throws IOException {
    Values values = new Values();
    SortedMap<String, BodyParser.Field> fields = new TreeMap<>();
    fields.put("input", p -> values.input = BodyParser.inputs(p, maxInputs));
    if (withQuery) {
      fields.put("query", p -> values.query = BodyParser.input(p, "query"));
    }
    BodyParser.object(parser, fields);
    BodyParser.require(parser, "input", values.input);
    if (withQuery) {
      BodyParser.require(parser, "query", values.query);
    }
    return new InputBody(values.query, values.input);
  }
}
