package org.sightline.cli.hub;

import java.util.function.Function;
import java.util.function.IntSupplier;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.TextSpec;

/**
 * What the configs of a model say, completed by the options.
 *
 * @param family for people
 * @param scale multiplier of the cosine, 0 where nobody knows it
 * @param bias added to the scaled cosine
 * @param type says how outputs are called
 * @param text how texts are prepared, which depends on what the text graph takes as well
 * @param dimensions length of an embedding by the configs, for graphs that leave it open
 */
record Derived(
    String family,
    ImageSpec image,
    float scale,
    float bias,
    ModelType type,
    Function<GraphRoles, TextSpec> text,
    IntSupplier dimensions) {

  /**
   * Reads everything but the graphs.
   *
   * @throws org.sightline.runtime.bundle.BundleException naming file and key of what cannot be
   *     derived
   */
  static Derived read(ConfigFiles files, ImportOptions options) {
    return OpenClipConfigs.are(files)
        ? new OpenClipConfigs(files, options).derive()
        : derive(files, options);
  }

  private static Derived derive(ConfigFiles files, ImportOptions options) {
    ModelConfig config = ModelConfig.read(files);
    ModelType type = ModelType.of(config.model());
    float[] learned = type.scaleAndBias(options);
    ImageSpec image = ImageRules.read(type, files, config.vision());
    TextRules text = TextRules.read(type, files, config.text(), options);
    return new Derived(
        type.id(), image, learned[0], learned[1], type, text::of, () -> type.dimensions(config));
  }
}
