package org.sightline.cli.hub;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.JsonFields;

/**
 * What a {@code model_type} of transformers stands for. Where a config leaves a key out,
 * transformers' configuration class has a default, and the config means that one: transformers
 * writes only what differs. Types that are not known here have no defaults.
 *
 * @param id as in {@code config.json}, without the name of a tower; also the manifest's family
 * @param siglip whether a text is read at its last token and attention has no mask, so that every
 *     text is padded to the full length and the padding is part of it
 * @param paddingHidden whether it changes nothing how far a text is padded, even where the graph
 *     has no mask: attention is causal and the text is read at its first end token, or the graph
 *     itself leaves out the pad token
 * @param textLength tokens that a text has at most by default; null where there is no default
 * @param dimensions length of an embedding by default; null likewise
 * @param vocabulary tokens by default; null likewise
 * @param scale multiplier of the cosine that all published models share; null where each has its
 *     own
 */
record ModelType(
    String id,
    boolean siglip,
    boolean paddingHidden,
    Integer textLength,
    Integer dimensions,
    Integer vocabulary,
    Float scale) {
  private static final int MAX_DIMENSIONS = 4096;
  private static final int MAX_VOCABULARY = 1 << 24;

  /** CLIP's training clips the scale at 100, where all published models of OpenAI ended. */
  static final float CLIP_SCALE = 100;

  private static final ModelType SIGLIP =
      new ModelType("siglip", true, false, 64, 768, 32_000, null);

  private static final Map<String, ModelType> KNOWN =
      Map.of(
          "clip", new ModelType("clip", false, true, 77, 512, 49_408, CLIP_SCALE),
          "metaclip_2", new ModelType("metaclip_2", false, true, 77, 512, 49_408, null),
          "chinese_clip", new ModelType("chinese_clip", false, false, 512, 512, 30_522, null),
          "jina_clip", new ModelType("jina_clip", false, true, null, null, null, null),
          "siglip", SIGLIP,
          "siglip2", new ModelType("siglip2", true, false, 64, 768, 256_000, null));

  private static final List<String> EMBEDDINGS = List.of("embedding", "embeddings");

  /** The type that a config names. */
  static ModelType of(JsonFields config) {
    String id = config.string("model_type").replaceFirst("_(text|vision)_model$", "");
    return KNOWN.getOrDefault(id, new ModelType(id, false, false, null, null, null, null));
  }

  /** OpenCLIP's models, which have no model type. */
  static ModelType openClip(boolean siglip) {
    return siglip ? SIGLIP : KNOWN.get("clip");
  }

  /** Names that the embedding has among a graph's outputs, the most telling first. */
  List<String> outputs(String kind) {
    List<String> names =
        List.of(kind + "_embeds", kind + "_embedding", kind + "_embeddings", kind + "_features");
    return Stream.of(siglip ? List.of("pooler_output") : List.<String>of(), names, EMBEDDINGS)
        .flatMap(List::stream)
        .toList();
  }

  /** Length of an embedding by the configs, for graphs that leave it open. */
  int dimensions(ModelConfig config) {
    JsonFields from = siglip ? config.text() : config.model();
    String key = siglip ? "hidden_size" : "projection_dim";
    return dimensions == null
        ? from.integer(key, 1, MAX_DIMENSIONS)
        : from.integerOr(key, 1, MAX_DIMENSIONS, dimensions);
  }

  /** Tokens that the model knows, 0 where nobody says. */
  int vocabulary(JsonFields text) {
    return text.integerOr("vocab_size", 1, MAX_VOCABULARY, vocabulary == null ? 0 : vocabulary);
  }

  /**
   * The learned scale and bias, which are not in the folders; 0 and 0 where nobody knows them.
   *
   * @throws BundleException when the options give a bias of SigLIP without the scale, or the other
   *     way round
   */
  float[] scaleAndBias(ImportOptions options) {
    Float given = options.logitScale();
    Float bias = options.logitBias();
    if (given == null && bias != null && scale == null) {
      throw new BundleException(
          "--logit-bias needs --logit-scale, which is exp() of the checkpoint's [logit_scale]");
    }
    if (siglip && given != null && bias == null) {
      throw new BundleException(
          "--logit-scale of a SigLIP needs --logit-bias, the checkpoint's [logit_bias]");
    }
    float multiplier = given != null ? given : scale != null ? scale : 0;
    return new float[] {multiplier, bias == null ? 0 : bias};
  }
}
