package org.sightline.cli.hub;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.sightline.cli.hub.GraphRoles.Mask;
import org.sightline.cli.hub.GraphRoles.Ports;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.JsonFields;
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
  CLIP(
      new Ports("pixel_values", "input_ids", Mask.OPTIONAL, "image_embeds", "text_embeds"),
      Padding.LONGEST,
      77,
      512),

  /**
   * The text is read at its last token, and attention has no mask: every text is padded to the full
   * length, and the padding is part of the text.
   */
  SIGLIP(
      new Ports("pixel_values", "input_ids", Mask.REFUSED, "pooler_output", "pooler_output"),
      Padding.MAX_LENGTH,
      64,
      768);

  /** Inputs and outputs of the graphs that transformers' exporters make. */
  final Ports ports;

  final Padding padding;

  /** Tokens that a text has at most, where {@code text_config} says nothing. */
  final int defaultTextLength;

  private final int defaultDimensions;

  Family(Ports ports, Padding padding, int defaultTextLength, int defaultDimensions) {
    this.ports = ports;
    this.padding = padding;
    this.defaultTextLength = defaultTextLength;
    this.defaultDimensions = defaultDimensions;
  }

  /** The family that {@code config.json} names. */
  static Family of(JsonFields config) {
    List<String> ids = Arrays.stream(values()).map(Family::id).toList();
    int index = ids.indexOf(config.string("model_type"));
    if (index < 0) {
      throw config.refuse("model_type", "be one of " + ids);
    }
    return values()[index];
  }

  /** The name in {@code config.json} and in manifests. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Length of an embedding by the config, for graphs that leave it open. */
  int dimensions(JsonFields config) {
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
