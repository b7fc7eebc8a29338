package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.ApiCall;
import org.sightline.plugin.action.InferenceAction.ClassifyOptions;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.zeroshot.LabelSet;

/**
 * Bodies of the inference operations. Each method parses a whole body; a list of inputs has at most
 * {@code maxInputs}.
 */
final class RequestBody {
  private static final Map<String, BodyParser.Field> DECODING =
      Map.of(
          "prompt", BodyParser::string,
          "num_captions", BodyParser::integer,
          "num_beams", BodyParser::integer,
          "max_length", BodyParser::integer,
          "min_length", BodyParser::integer,
          "repetition_penalty", BodyParser::number,
          "length_penalty", BodyParser::number,
          "top_p", BodyParser::number,
          "seed", BodyParser::whole);

  private static final Map<String, BodyParser.Field> CLASSES =
      Map.of(
          "labels", (parser, key) -> BodyParser.strings(parser, key, LabelSet.MAX_LABELS),
          "templates", (parser, key) -> BodyParser.strings(parser, key, LabelSet.MAX_TEMPLATES),
          "num_top_classes", BodyParser::positiveInt);

  private RequestBody() {}

  static ApiCall<Void> embed(String modelId, XContentParser parser, int maxInputs)
      throws IOException {
    return parse(modelId, parser, maxInputs, Map.of(), List.of("input"), values -> null);
  }

  static ApiCall<InputSource> match(String modelId, XContentParser parser, int maxInputs)
      throws IOException {
    return parse(
        modelId,
        parser,
        maxInputs,
        Map.of("query", BodyParser::input),
        List.of("input", "query"),
        values -> values.get("query"));
  }

  static ApiCall<CaptionOptions> caption(String modelId, XContentParser parser, int maxInputs)
      throws IOException {
    return parse(
        modelId,
        parser,
        maxInputs,
        DECODING,
        List.of("input"),
        values ->
            new CaptionOptions(
                values.get("prompt"),
                values.get("num_captions"),
                values.get("num_beams"),
                values.get("max_length"),
                values.get("min_length"),
                values.get("repetition_penalty"),
                values.get("length_penalty"),
                values.get("top_p"),
                values.get("seed")));
  }

  static ApiCall<ClassifyOptions> classify(String modelId, XContentParser parser, int maxInputs)
      throws IOException {
    return parse(
        modelId,
        parser,
        maxInputs,
        CLASSES,
        List.of("input", "labels"),
        values ->
            new ClassifyOptions(
                new LabelSet(
                    values.get("labels"), values.get("templates", LabelSet.DEFAULT_TEMPLATES)),
                values.get("num_top_classes", Integer.MAX_VALUE)));
  }

  private static <O> ApiCall<O> parse(
      String modelId,
      XContentParser parser,
      int maxInputs,
      Map<String, BodyParser.Field> fields,
      List<String> required,
      Function<BodyParser.Values, O> options) {
    XContentLocation start = parser.getTokenLocation();
    TreeMap<String, BodyParser.Field> all = new TreeMap<>(fields);
    all.put("input", (p, key) -> BodyParser.inputs(p, maxInputs));
    try {
      BodyParser.Values values = BodyParser.object(parser, all, required);
      return new ApiCall<>(modelId, values.get("input"), options.apply(values));
    } catch (IllegalArgumentException e) {
      throw BodyParser.failure(start, e.getMessage());
    } catch (IOException e) {
      // the body is in memory: what cannot be read is wrong, such as objects a thousand deep
      throw BodyParser.failure(start, "the body cannot be parsed: " + e.getMessage());
    }
  }
}
