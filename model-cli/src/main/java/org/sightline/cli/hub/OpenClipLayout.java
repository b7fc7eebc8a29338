package org.sightline.cli.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.sightline.cli.hub.GraphRoles.Mask;
import org.sightline.cli.hub.GraphRoles.Ports;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.CropRounding;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;
import org.sightline.runtime.bundle.JsonFields;
import org.sightline.runtime.bundle.TextSpec;

/**
 * A folder of an OpenCLIP model as Immich publishes them: OpenCLIP's own {@code config.json}, and
 * {@code visual} and {@code textual} with a graph each. Every text is padded to the full length,
 * which these graphs have fixed.
 */
final class OpenClipLayout implements Layout {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSING = "visual/preprocess_cfg.json";
  private static final String VISUAL = "visual/model.onnx";
  private static final String TEXTUAL = "textual/model.onnx";
  private static final String TEXT_FOLDER = "textual/";
  private static final String ONLY_PRECISION = "fp32";
  private static final Ports PORTS =
      new Ports("image", "text", Mask.NONE, "embedding", "embedding");

  /** OpenCLIP's own length, where a config says nothing. */
  private static final int TEXT_LENGTH = 77;

  private static final int MAX_LENGTH = 4096;
  private static final int MAX_SIDE = 4096;

  @Override
  public boolean matches(Path folder) {
    return Files.isDirectory(folder.resolve("onnx")) == false
        && (Files.isDirectory(folder.resolve("visual"))
            || Files.isDirectory(folder.resolve("textual")));
  }

  @Override
  public boolean matches(Collection<String> paths) {
    return paths.containsAll(List.of(VISUAL, TEXTUAL))
        && paths.stream().noneMatch(path -> path.startsWith("onnx/"));
  }

  @Override
  public List<String> configs() {
    return List.of(CONFIG, PREPROCESSING);
  }

  @Override
  public String textFolder() {
    return TEXT_FOLDER;
  }

  @Override
  public List<String> graphs(Collection<String> paths, String precision) {
    if (precision != null && precision.equals(ONLY_PRECISION) == false) {
      throw new BundleException(
          "[--precision] must be %s for a folder with [%s], got [%s]",
          ONLY_PRECISION, VISUAL, precision);
    }
    return List.of(VISUAL, TEXTUAL);
  }

  @Override
  public Derived derive(Path folder, ImportOptions options) {
    JsonFields model = HubFiles.json(folder, CONFIG);
    JsonFields text = model.object("text_cfg");
    JsonFields tokenizer = text.objectOrEmpty("tokenizer_kwargs");
    if (tokenizer.has("clean") && tokenizer.string("clean").equals("canonicalize")) {
      throw tokenizer.refuse(
          "clean", "be [lower] or [whitespace], because a bundle has no word for cleaning texts");
    }
    // SigLIP's towers are configured with the bias that training begins with, CLIP's have none
    Family family = model.has("init_logit_bias") ? Family.SIGLIP : Family.CLIP;
    int length = text.integerOr("context_length", 1, MAX_LENGTH, TEXT_LENGTH);
    int pad = TextRules.padTokenId(family, folder, TEXT_FOLDER, text);
    return new Derived(
        "openclip",
        image(folder, model.object("vision_cfg")),
        new TextSpec(length, TextSpec.Padding.MAX_LENGTH, pad, null, null),
        family.logitScale(options),
        family.logitBias(options),
        PORTS,
        () -> model.integer("embed_dim", 1, 4096));
  }

  private static ImageSpec image(Path folder, JsonFields vision) {
    JsonFields config = HubFiles.json(folder, PREPROCESSING);
    if (config.has("mode") && config.string("mode").equals("RGB") == false) {
      throw config.refuse("mode", "be RGB");
    }
    List<Integer> size = config.sides("size", MAX_SIDE);
    if (vision.has("image_size") && vision.sides("image_size", MAX_SIDE).equals(size) == false) {
      throw vision.refuse("image_size", "equal the size " + size + " of [" + PREPROCESSING + "]");
    }
    List<Float> std = config.channels("std");
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
        ImageRules.spec(
            size.get(1), size.get(0), cropped, interpolation(config), config.channels("mean"), std);
    return cropped ? image.withCropRounding(CropRounding.HALF_EVEN) : image;
  }

  private static Interpolation interpolation(JsonFields config) {
    return switch (config.string("interpolation")) {
      case "bicubic" -> Interpolation.BICUBIC;
      case "bilinear" -> Interpolation.BILINEAR;
      default -> throw config.refuse("interpolation", "be bicubic or bilinear");
    };
  }
}
