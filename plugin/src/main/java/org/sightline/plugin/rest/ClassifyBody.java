package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.elasticsearch.xcontent.XContentLocation;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.runtime.zeroshot.LabelSet;

/**
 * The body of {@code _classify}.
 *
 * @param input images
 * @param labels what they may show
 * @param numTopClasses how many labels of an image are answered, at least 1
 */
record ClassifyBody(ApiInputs input, LabelSet labels, int numTopClasses) {

  private static final class Values {
    private ApiInputs input;
    private List<String> labels;
    private List<String> templates = LabelSet.DEFAULT_TEMPLATES;
    private int numTopClasses = Integer.MAX_VALUE;
  }

  /**
   * Parses a whole body.
   *
   * @param maxInputs most inputs of a list
   */
  static ClassifyBody parse(XContentParser parser, int maxInputs) throws IOException {
    XContentLocation start = parser.getTokenLocation();
    Values values = new Values();
    SortedMap<String, BodyParser.Field> fields = new TreeMap<>();
    fields.put("input", p -> values.input = BodyParser.inputs(p, maxInputs));
    fields.put("labels", p -> values.labels = BodyParser.strings(p, "labels", LabelSet.MAX_LABELS));
    fields.put(
        "templates",
        p -> values.templates = BodyParser.strings(p, "templates", LabelSet.MAX_TEMPLATES));
    fields.put(
        "num_top_classes",
        p -> values.numTopClasses = BodyParser.positiveInt(p, "num_top_classes"));
    BodyParser.object(parser, fields);
    BodyParser.require(parser, "input", values.input);
    BodyParser.require(parser, "labels", values.labels);
    try {
      return new ClassifyBody(
          values.input, new LabelSet(values.labels, values.templates), values.numTopClasses);
    } catch (IllegalArgumentException e) {
      throw BodyParser.failure(start, e.getMessage());
    }
  }
}
