package org.sightline.cli.hub;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.TextSpec.Padding;

/**
 * What the model types of {@code config.json} have in common with each other, and what not. Where a
 * config leaves a key out, transformers' configuration class has a default, and the config means
 * that one: transformers writes only what differs.
 */
enum Family {
  /**
   * Attention is causal and the text is read at its first end token: what a text is padded with,
   * and how far, changes nothing.
   */
  CLIP("image_embeds", "text_embeds", Padding.LONGEST, 77, 512),

  /**
   * The text is read at its last token, and attention has no mask: every text is padded to the full
   * length, and the padding is part of the text.
   */
  SIGLIP("pooler_output", "pooler_output", Padding.MAX_LENGTH, 64, 768);

  private final String imageOutput;
  private final String textOutput;
  private final Padding padding;
  private final int defaultTextLength;
  private final int defaultDimensions;

  Family(
      String imageOutput,
      String textOutput,
      Padding padding,
      int defaultTextLength,
      int defaultDimensions) {
    this.imageOutput = imageOutput;
    this.textOutput = textOutput;
    this.padding = padding;
    this.defaultTextLength = defaultTextLength;
    this.defaultDimensions = defaultDimensions;
  }

  /** The family that {@code config.json} names. */
  static Family of(HubJson config) {
    String type = config.string("model_type");
    Optional<Family> family =
        Arrays.stream(values()).filter(candidate -> candidate.id().equals(type)).findFirst();
    return family.orElseThrow(() -> config.refuse("model_type", "be one of " + ids()));
  }

  private static List<String> ids() {
    return Arrays.stream(values()).map(Family::id).toList();
  }

  /** The name in {@code config.json} and in manifests. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Output of the vision graph that holds the embedding. */
  String imageOutput() {
    return imageOutput;
  }

  /** Output of the text graph that holds the embedding. */
  String textOutput() {
    return textOutput;
  }

  Padding padding() {
    return padding;
  }

  /** Whether padding is part of what the text encoder reads. */
  boolean readsPadding() {
    return padding == Padding.MAX_LENGTH;
  }

  /** Where {@code text_config} says nothing: tokens that a text has at most. */
  int defaultTextLength() {
    return defaultTextLength;
  }

  /** Length of an embedding by the config, for graphs that leave it open. */
  int dimensions(HubJson config) {
    return this == CLIP
        ? config.integerOr("projection_dim", 1, 4096, defaultDimensions)
        : config.objectOrEmpty("text_config").integerOr("hidden_size", 1, 4096, defaultDimensions);
  }

  /**
   * Multiplier of the cosine. The learned value is not in these folders. CLIP's training clips it
   * at 100, where all published models of OpenAI ended; SigLIP's differs from model to model.
   */
  float logitScale(ImportOptions options) {
    if (options.logitScale() != null) {
      return options.logitScale();
    }
    if (this == CLIP) {
      return 100;
    }
    throw new BundleException(
        "the folder does not hold SigLIP's learned scale: give --logit-scale, which is exp() of"
            + " the checkpoint's [logit_scale], and --logit-bias");
  }

  /** Added to the scaled cosine: none for CLIP, a learned value for SigLIP. */
  float logitBias(ImportOptions options) {
    if (options.logitBias() != null) {
      return options.logitBias();
    }
    if (this == CLIP) {
      return 0;
    }
    throw new BundleException(
        "the folder does not hold SigLIP's learned bias: give --logit-bias, the checkpoint's"
            + " [logit_bias]");
  }
}
