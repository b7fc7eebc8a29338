package org.sightline.ingest;

import java.util.HashSet;
import java.util.List;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.sightline.runtime.inference.CaptionOptions;

/**
 * Options of the {@code image_caption} processor.
 *
 * @param modelId the model that captions
 * @param inputField dotted path of the image
 * @param targetField dotted path of the captions
 * @param decoding how captions are decoded
 * @param filter what is kept; null where everything is
 * @param ignoreMissing whether a missing image is skipped instead of failing the document
 */
record ImageCaptionOptions(
    String modelId,
    String inputField,
    String targetField,
    CaptionOptions decoding,
    Filter filter,
    boolean ignoreMissing) {

  /**
   * The filter of BLIP's CapFilt (Li et al., arXiv 2201.12086, section 3.3).
   *
   * @param modelId a model that matches
   * @param minMatch probability below which a text is dropped, in [0, 1]
   * @param fields dotted paths of given texts that are filtered as well
   * @param targetField dotted path of what became of the given texts
   */
  record Filter(String modelId, double minMatch, List<String> fields, String targetField) {}

  /** Reads and removes the options. */
  static ImageCaptionOptions read(ProcessorConfig config) {
    String modelId = config.string("model_id");
    String inputField = config.path("input_field");
    String targetField = config.path("target_field");
    if (targetField.equals(inputField)) {
      throw config.error("target_field", "must not be the input, got [" + targetField + "]");
    }
    return new ImageCaptionOptions(
        modelId,
        inputField,
        targetField,
        readDecoding(config),
        readFilter(config, modelId, targetField),
        config.flag("ignore_missing"));
  }

  private static CaptionOptions readDecoding(ProcessorConfig config) {
    String prompt = config.optionalString("prompt");
    try {
      return new CaptionOptions(
          prompt,
          config.integer("num_captions"),
          config.integer("num_beams"),
          config.integer("max_length"),
          config.integer("min_length"),
          config.number("repetition_penalty"),
          config.number("length_penalty"),
          config.number("top_p"),
          readSeed(config));
    } catch (IllegalArgumentException e) {
      int end = e.getMessage().indexOf(']');
      throw config.error(e.getMessage().substring(1, end), e.getMessage().substring(end + 2));
    }
  }

  private static Long readSeed(ProcessorConfig config) {
    Integer seed = config.integer("seed");
    return seed == null ? null : seed.longValue();
  }

  private static Filter readFilter(ProcessorConfig config, String captioner, String captions) {
    String modelId = config.optionalString("match_model_id");
    Double minMatch = config.probability("min_match");
    List<String> fields =
        ConfigurationUtils.readOptionalList(
            config.type(), config.tag(), config.options(), "filter_fields");
    String target = config.optionalString("filter_target_field");
    if (minMatch == null) {
      String needy =
          modelId != null
              ? "match_model_id"
              : fields != null ? "filter_fields" : "filter_target_field";
      if (modelId != null || fields != null || target != null) {
        throw config.error(needy, "needs [min_match], without which nothing is filtered");
      }
      return null;
    }
    List<String> paths = fields == null ? List.of() : checked(config, fields, captions);
    String filtered = target == null ? captions + "_filter" : target;
    config.requirePath("filter_target_field", filtered);
    return new Filter(modelId == null ? captioner : modelId, minMatch, paths, filtered);
  }

  private static List<String> checked(ProcessorConfig config, List<?> fields, String captions) {
    List<String> paths = config.strings("filter_fields", fields);
    for (String path : paths) {
      config.requirePath("filter_fields", path);
      if (path.equals(captions)) {
        throw config.error("filter_fields", "must not have [target_field] [" + captions + "]");
      }
    }
    if (new HashSet<>(paths).size() != paths.size()) {
      throw config.error("filter_fields", "must name each field once, got " + paths);
    }
    return paths;
  }
}
