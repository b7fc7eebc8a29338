package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.runtime.inference.CaptionOptions;

/**
 * The body of {@code _caption}.
 *
 * @param input images
 * @param options what the call says of the decoding
 */
record CaptionBody(ApiInputs input, CaptionOptions options) {

  private static final class Values {
    private ApiInputs input;
    private String prompt;
    private Integer numCaptions;
    private Integer numBeams;
    private Integer maxLength;
    private Integer minLength;
    private Double repetitionPenalty;
    private Double lengthPenalty;
    private Double topP;
    private Long seed;
  }

  /**
   * Parses a whole body.
   *
   * @param maxInputs most inputs of a list
   */
  static CaptionBody parse(XContentParser parser, int maxInputs) throws IOException {
    XContentLocation start = parser.getTokenLocation();
    Values values = new Values();
    BodyParser.object(parser, fields(values, maxInputs));
    BodyParser.require(parser, "input", values.input);
    try {
      return new CaptionBody(
          values.input,
          new CaptionOptions(
              values.prompt,
              values.numCaptions,
              values.numBeams,
              values.maxLength,
              values.minLength,
              values.repetitionPenalty,
              values.lengthPenalty,
              values.topP,
              values.seed));
    } catch (IllegalArgumentException e) {
      throw BodyParser.failure(start, e.getMessage());
    }
  }

  private static SortedMap<String, BodyParser.Field> fields(Values values, int maxInputs) {
    SortedMap<String, BodyParser.Field> fields = new TreeMap<>();
    fields.put("input", p -> values.input = BodyParser.inputs(p, maxInputs));
    fields.put("prompt", p -> values.prompt = BodyParser.string(p, "prompt"));
    fields.put("num_captions", p -> values.numCaptions = BodyParser.integer(p, "num_captions"));
    fields.put("num_beams", p -> values.numBeams = BodyParser.integer(p, "num_beams"));
    fields.put("max_length", p -> values.maxLength = BodyParser.integer(p, "max_length"));
    fields.put("min_length", p -> values.minLength = BodyParser.integer(p, "min_length"));
    fields.put(
        "repetition_penalty",
        p -> values.repetitionPenalty = BodyParser.number(p, "repetition_penalty"));
    fields.put(
        "length_penalty", p -> values.lengthPenalty = BodyParser.number(p, "length_penalty"));
    fields.put("top_p", p -> values.topP = BodyParser.number(p, "top_p"));
    fields.put("seed", p -> values.seed = BodyParser.whole(p, "seed"));
    return fields;
  }
}
