package org.sightline.cli.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sightline.runtime.bundle.CleaningStep;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.CropRounding;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;
import org.sightline.runtime.bundle.JsonFields;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.bundle.TextSpec.Padding;

/**
 * The configs of an OpenCLIP model: OpenCLIP's own {@code open_clip_config.json}, or as Immich
 * publishes them, the architecture in {@code config.json} and the rest in {@code
 * preprocess_cfg.json}. Every text is padded to the full length. Keys that are left out have
 * OpenCLIP's own defaults.
 */
final class OpenClipConfigs {
  private static final int TEXT_LENGTH = 77;
  private static final int MAX_LENGTH = 4096;
  private static final int MAX_SIDE = 4096;

  /** Names that OpenCLIP's own tokenizer knows, and those of CLIP's in transformers. */
  private static final Map<String, String> SPECIAL_TOKENS =
      Map.of("<start_of_text>", "<|startoftext|>", "<end_of_text>", "<|endoftext|>");

  private final ConfigFiles files;
  private final ImportOptions options;
  private final JsonFields model;
  private final JsonFields preprocessing;

  /**
   * The configs.
   *
   * @param files of which {@link #are} is true
   */
  OpenClipConfigs(ConfigFiles files, ImportOptions options) {
    this.files = files;
    this.options = options;
    Optional<SourceFile> config = architecture(files);
    if (config.isPresent()) {
      model = files.json(config.get());
      String name = ConfigFiles.PREPROCESSING;
      preprocessing = files.json(files.ofPictures(name).orElseThrow(() -> files.missing(name)));
    } else {
      JsonFields whole = files.json(files.ofPictures(ConfigFiles.OPEN_CLIP).orElseThrow());
      model = whole.object("model_cfg");
      preprocessing = whole.objectOrEmpty("preprocess_cfg");
    }
  }

  /** Whether a model has OpenCLIP's configs and not those of transformers. */
  static boolean are(ConfigFiles files) {
    return architecture(files).isPresent()
        || files.ofPictures(ConfigFiles.CONFIG).isEmpty()
            && files.ofPictures(ConfigFiles.OPEN_CLIP).isPresent();
  }

  private static Optional<SourceFile> architecture(ConfigFiles files) {
    return files
        .ofPictures(ConfigFiles.CONFIG)
        .filter(
            file -> {
              JsonFields config = files.json(file);
              return config.has("vision_cfg") || config.has("text_cfg");
            });
  }

  Derived derive() {
    // SigLIP's towers are configured with the bias that training begins with, CLIP's have none
    ModelType type = ModelType.openClip(model.has("init_logit_bias"));
    float[] learned = type.scaleAndBias(options);
    TextSpec text = text(type.siglip());
    return new Derived(
        "openclip",
        image(preprocessing, model.object("vision_cfg")),
        learned[0],
        learned[1],
        type,
        // texts with a mask are those of M-CLIP, whose tokenizer takes them as they come
        roles -> roles.masked() ? cleaned(text, List.of()) : text,
        () -> model.integer("embed_dim", 1, 4096));
  }

  private TextSpec text(boolean siglip) {
    JsonFields text = model.object("text_cfg");
    JsonFields tokenizer = text.objectOrEmpty("tokenizer_kwargs");
    boolean own = text.has("hf_tokenizer_name") == false && text.has("hf_model_name") == false;
    if (tokenizer.flag("strip_sep_token", false)) {
      throw tokenizer.refuse("strip_sep_token", "be false: a bundle has no word for it");
    }
    if (tokenizer.has("tokenizer_mode")) {
      throw tokenizer.refuse("tokenizer_mode", "be left out: a bundle has no word for it");
    }
    boolean readsPadding = text.flag("no_causal_mask", false);
    TextConstants constants = options.texts();
    int pad = TextRules.padTokenId(siglip, files, text, 0, constants);
    // OpenCLIP's own tokenizer fills up with 0, whatever the files of transformers' tokenizer say
    boolean zero = own && readsPadding && siglip == false && constants.padTokenId() == null;
    return new TextSpec(
        text.integerOr("context_length", 1, MAX_LENGTH, TEXT_LENGTH),
        constants.padding() == null ? Padding.MAX_LENGTH : constants.padding(),
        zero ? 0 : pad,
        null,
        null,
        constants.cleaning() == null ? cleaning(tokenizer, own) : constants.cleaning());
  }

  private static TextSpec cleaned(TextSpec text, List<CleaningStep> cleaning) {
    return new TextSpec(text.maxLength(), text.padding(), text.padTokenId(), null, null, cleaning);
  }

  /**
   * What OpenCLIP does to a text first.
   *
   * @param own whether the tokenizer is OpenCLIP's own, which lowers the case
   */
  private static List<CleaningStep> cleaning(JsonFields tokenizer, boolean own) {
    String name = tokenizer.has("clean") ? tokenizer.string("clean") : own ? "lower" : "whitespace";
    List<CleaningStep> steps =
        new ArrayList<>(
            List.of(
                new CleaningStep.FixText(),
                new CleaningStep.HtmlUnescape(),
                new CleaningStep.HtmlUnescape()));
    List<CleaningStep> blanks =
        List.of(new CleaningStep.CollapseWhitespace(1), new CleaningStep.Trim(null, null));
    switch (name) {
      case "whitespace" -> steps.addAll(blanks);
      case "lower" -> {
        steps.addAll(blanks);
        steps.add(new CleaningStep.Lowercase());
        if (own) {
          steps.add(new CleaningStep.SpecialTokens(SPECIAL_TOKENS));
        }
      }
      case "canonicalize" -> steps.add(new CleaningStep.Canonicalize());
      default -> throw tokenizer.refuse("clean", "be one of [lower, whitespace, canonicalize]");
    }
    return steps;
  }

  /**
   * The image section, in OpenCLIP's words.
   *
   * @param config how pictures are prepared
   * @param vision the config of the tower, which must agree on the size where it gives one
   */
  static ImageSpec image(JsonFields config, JsonFields vision) {
    if (config.has("mode") && config.string("mode").equals("RGB") == false) {
      throw config.refuse("mode", "be RGB");
    }
    List<Integer> size =
        config.has("size") ? config.sides("size", MAX_SIDE) : vision.sides("image_size", MAX_SIDE);
    if (vision.has("image_size") && vision.sides("image_size", MAX_SIDE).equals(size) == false) {
      throw vision.refuse("image_size", "equal the size " + size + " of the preprocessing");
    }
    List<Float> mean = config.has("mean") ? config.channels("mean") : ImageRules.CLIP_MEAN;
    List<Float> std = config.has("std") ? config.channels("std") : ImageRules.CLIP_STD;
    if (std.stream().anyMatch(value -> value <= 0)) {
      throw config.refuse("std", "be above 0");
    }
    String mode = config.has("resize_mode") ? config.string("resize_mode") : "shortest";
    boolean cropped = mode.equals("shortest");
    if (cropped == false && mode.equals("squash") == false) {
      throw config.refuse("resize_mode", "be shortest or squash");
    }
    if (cropped && size.get(0).equals(size.get(1)) == false) {
      throw config.refuse("size", "be square where [resize_mode] is shortest");
    }
    ImageSpec image =
        ImageRules.spec(size.get(1), size.get(0), cropped, interpolation(config), mean, std);
    return cropped ? image.withCropRounding(CropRounding.HALF_EVEN) : image;
  }

  private static Interpolation interpolation(JsonFields config) {
    return switch (config.has("interpolation") ? config.string("interpolation") : "bicubic") {
      case "bicubic" -> Interpolation.BICUBIC;
      case "bilinear" -> Interpolation.BILINEAR;
      default -> throw config.refuse("interpolation", "be bicubic or bilinear");
    };
  }
}
