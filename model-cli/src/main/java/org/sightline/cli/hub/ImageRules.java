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
 * From {@code preprocessor_config.json} to the manifest's image section. A step that the bundle
 * format has no word for is refused.
 */
final class ImageRules {
  private static final int MAX_SIDE = 4096;
  private static final double RESCALE = 1 / 255.0;

  /** Pillow's numbers of its filters, which {@code resample} holds. */
  private static final int BILINEAR = 2;

  private static final int BICUBIC = 3;

  private final Family family;
  private final JsonFields config;

  private ImageRules(Family family, JsonFields config) {
    this.family = family;
    this.config = config;
  }

  /**
   * Derives the image section.
   *
   * @param preprocessor {@code preprocessor_config.json}
   * @param model {@code config.json}, which must agree on the size where it gives one
   */
  static ImageSpec read(Family family, JsonFields preprocessor, JsonFields model) {
    ImageSpec spec = new ImageRules(family, preprocessor).spec();
    JsonFields vision = model.objectOrEmpty("vision_config");
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

  private ImageSpec spec() {
    must("do_resize", true);
    must("do_rescale", true);
    must("do_pad", false);
    must("do_flip_channel_order", false);
    if (config.has("rescale_factor")
        && Math.abs(config.number("rescale_factor") - RESCALE) > 1e-9) {
      throw config.refuse("rescale_factor", "be 1/255");
    }
    boolean normalised = config.flag("do_normalize", true);
    List<Float> mean = normalised ? config.channels("image_mean") : List.of(0f, 0f, 0f);
    List<Float> std = normalised ? config.channels("image_std") : List.of(1f, 1f, 1f);
    if (std.stream().anyMatch(value -> value <= 0)) {
      throw config.refuse("image_std", "be above 0");
    }
    Interpolation interpolation = interpolation();
    int width;
    int height;
    boolean cropped;
    if (config.isNumber("size")) {
      width = config.integer("size", 1, MAX_SIDE);
      height = width;
      // a bare number is from the time before sizes had names
      cropped = family == Family.CLIP;
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
    return switch (config.integer("resample", 0, 5)) {
      case BILINEAR -> Interpolation.BILINEAR;
      case BICUBIC -> Interpolation.BICUBIC;
      default -> throw config.refuse("resample", "be 2 (bilinear) or 3 (bicubic)");
    };
  }

  /** A crop that takes something away from the resized sides has no word in the bundle format. */
  private void checkCrop(int width, int height) {
    if (config.has("crop_size") == false) {
      return;
    }
    boolean equal;
    if (config.isNumber("crop_size")) {
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
