package org.sightline.cli.hub;

import java.util.List;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Crop;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Resize;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.bundle.JsonFields;

/**
 * From {@code preprocessor_config.json}, or {@code processor_config.json} of transformers 5, to the
 * manifest's image section. Keys that are left out have transformers' own defaults. A step that the
 * bundle format has no word for is refused.
 */
final class ImageRules {
  private static final int MAX_SIDE = 4096;
  private static final double RESCALE = 1 / 255.0;

  /** Pillow's numbers of its filters, which {@code resample} holds. */
  private static final int BILINEAR = 2;

  private static final int BICUBIC = 3;

  static final List<Float> CLIP_MEAN = List.of(0.48145466f, 0.4578275f, 0.40821073f);
  static final List<Float> CLIP_STD = List.of(0.26862954f, 0.26130258f, 0.27577711f);

  /**
   * What the image processors of transformers do where their config leaves a key out.
   *
   * @param cropped whether the shorter edge is resized and the middle cut out
   */
  private enum Defaults {
    CLIP(true, CLIP_MEAN, CLIP_STD),
    SIGLIP(false, List.of(0.5f, 0.5f, 0.5f), List.of(0.5f, 0.5f, 0.5f));

    private static final int SIZE = 224;

    private final boolean cropped;
    private final List<Float> mean;
    private final List<Float> std;

    Defaults(boolean cropped, List<Float> mean, List<Float> std) {
      this.cropped = cropped;
      this.mean = mean;
      this.std = std;
    }
  }

  private final JsonFields config;

  /** Null where the image processor has none that are known here. */
  private final Defaults defaults;

  private ImageRules(JsonFields config, Defaults defaults) {
    this.config = config;
    this.defaults = defaults;
  }

  /**
   * Derives the image section.
   *
   * @param vision the config of the tower, which must agree on the size where it gives one
   */
  static ImageSpec read(ModelType type, ConfigFiles files, JsonFields vision) {
    JsonFields preprocessor = preprocessor(files);
    if (preprocessor.has("resize_mode") || preprocessor.has("mean")) {
      return OpenClipConfigs.image(preprocessor, vision); // jina-clip's are in those words
    }
    ImageSpec spec = new ImageRules(preprocessor, defaults(type, preprocessor)).spec();
    if (vision.has("image_size")) {
      int size = vision.integer("image_size", 1, MAX_SIDE);
      if (spec.width() != size || spec.height() != size) {
        throw vision.refuse(
            "image_size",
            "equal the size [" + spec.width() + "x" + spec.height() + "] of the preprocessor");
      }
    }
    return spec;
  }

  /** Transformers 5 writes the image processor into the config of the whole processor. */
  private static JsonFields preprocessor(ConfigFiles files) {
    return files
        .ofPictures(ConfigFiles.PREPROCESSOR)
        .map(files::json)
        .or(
            () ->
                files
                    .ofPictures(ConfigFiles.PROCESSOR)
                    .map(files::json)
                    .filter(processor -> processor.isObject("image_processor"))
                    .map(processor -> processor.object("image_processor")))
        .orElseThrow(() -> files.missing(ConfigFiles.PREPROCESSOR));
  }

  private static Defaults defaults(ModelType type, JsonFields config) {
    for (String key : List.of("image_processor_type", "feature_extractor_type")) {
      if (config.has(key)) {
        String name = config.string(key);
        return name.matches("(Chinese)?CLIP(Image|Feature).*")
            ? Defaults.CLIP
            : name.matches("Siglip(Image|Feature).*") ? Defaults.SIGLIP : null;
      }
    }
    return type.siglip() ? Defaults.SIGLIP : type.dimensions() == null ? null : Defaults.CLIP;
  }

  private ImageSpec spec() {
    if (config.has("max_num_patches")) {
      throw config.refuse(
          "max_num_patches", "be left out: graphs of patches (NaFlex) cannot be imported");
    }
    must("do_resize", true);
    must("do_rescale", true);
    must("do_pad", false);
    must("do_flip_channel_order", false);
    if (config.has("rescale_factor")
        && Math.abs(config.number("rescale_factor") - RESCALE) > 1e-9) {
      throw config.refuse("rescale_factor", "be 1/255");
    }
    boolean normalised = config.flag("do_normalize", true);
    List<Float> mean = List.of(0f, 0f, 0f);
    List<Float> std = List.of(1f, 1f, 1f);
    if (normalised) {
      mean = isLeftOut("image_mean") ? defaults.mean : config.channels("image_mean");
      std = isLeftOut("image_std") ? defaults.std : config.channels("image_std");
    }
    if (std.stream().anyMatch(value -> value <= 0)) {
      throw config.refuse("image_std", "be above 0");
    }
    Interpolation interpolation = interpolation();
    int width;
    int height;
    boolean cropped;
    if (isLeftOut("size")) {
      width = Defaults.SIZE;
      height = Defaults.SIZE;
      cropped = defaults.cropped;
    } else if (config.isNumber("size")) {
      width = config.integer("size", 1, MAX_SIDE);
      height = width;
      // a bare number is from the time before sizes had names
      cropped = defaults == null ? config.flag("do_center_crop", false) : defaults.cropped;
    } else {
      JsonFields size = config.object("size");
      cropped = size.has("shortest_edge");
      if (cropped == false && (size.has("height") && size.has("width")) == false) {
        throw config.refuse("size", "have [shortest_edge], or [height] and [width]");
      }
      width = size.integer(cropped ? "shortest_edge" : "width", 1, MAX_SIDE);
      height = size.integer(cropped ? "shortest_edge" : "height", 1, MAX_SIDE);
    }
    if (cropped) {
      must("do_center_crop", true);
    }
    if (cropped || config.flag("do_center_crop", false)) {
      checkCrop(width, height);
    }
    return spec(width, height, cropped, interpolation, mean, std);
  }

  /** Whether a key is missing and there is a default for it. */
  private boolean isLeftOut(String key) {
    return defaults != null && config.has(key) == false;
  }

  /**
   * The image section of a model that resizes to the size.
   *
   * @param cropped whether the shorter edge is resized and the middle cut out, otherwise both edges
   *     are resized
   */
  static ImageSpec spec(
      int width,
      int height,
      boolean cropped,
      Interpolation interpolation,
      List<Float> mean,
      List<Float> std) {
    return new ImageSpec(
        width,
        height,
        cropped ? Resize.SHORTEST_EDGE : Resize.SQUASH,
        interpolation,
        cropped ? Crop.CENTER : Crop.NONE,
        mean,
        std,
        Transparency.DROP,
        Orientation.EXIF);
  }

  private void must(String key, boolean wanted) {
    if (config.flag(key, wanted) != wanted) {
      throw config.refuse(key, "be " + wanted);
    }
  }

  private Interpolation interpolation() {
    return switch (isLeftOut("resample") ? BICUBIC : config.integer("resample", 0, 5)) {
      case BILINEAR -> Interpolation.BILINEAR;
      case BICUBIC -> Interpolation.BICUBIC;
      default -> throw config.refuse("resample", "be 2 (bilinear) or 3 (bicubic)");
    };
  }

  /** A crop that takes something away from the resized sides has no word in the bundle format. */
  private void checkCrop(int width, int height) {
    boolean equal;
    if (config.has("crop_size") == false) {
      equal = defaults == null || width == Defaults.SIZE && height == Defaults.SIZE;
    } else if (config.isNumber("crop_size")) {
      int crop = config.integer("crop_size", 1, MAX_SIDE);
      equal = crop == width && crop == height;
    } else {
      JsonFields crop = config.object("crop_size");
      equal =
          crop.integer("width", 1, MAX_SIDE) == width
              && crop.integer("height", 1, MAX_SIDE) == height;
    }
    if (equal == false) {
      throw config.refuse("crop_size", "equal the size [" + width + "x" + height + "]");
    }
  }
}
