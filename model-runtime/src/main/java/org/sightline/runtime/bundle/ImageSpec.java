package org.sightline.runtime.bundle;

import java.util.List;

/**
 * How an image becomes the pixels that a graph takes.
 *
 * @param width of the graph's input, in pixels
 * @param height of the graph's input, in pixels
 * @param resize how the decoded image reaches that size
 * @param interpolation Pillow's antialiased filter
 * @param crop what happens to what is left over after resizing
 * @param cropRounding where the kept middle begins, if as much cannot be cut off on both sides
 * @param mean per channel (red, green, blue), of values in [0,1]
 * @param std per channel, above 0
 * @param transparency what happens to an alpha channel
 * @param orientation whether EXIF may turn the image
 * @param patches how the image is cut where it is resized to patches, otherwise null
 */
public record ImageSpec(
    int width,
    int height,
    Resize resize,
    Interpolation interpolation,
    Crop crop,
    CropRounding cropRounding,
    List<Float> mean,
    List<Float> std,
    Transparency transparency,
    Orientation orientation,
    Patches patches) {
  public ImageSpec {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  /** In one piece, with a crop that begins at the floored half, or none. */
  public ImageSpec(
      int width,
      int height,
      Resize resize,
      Interpolation interpolation,
      Crop crop,
      List<Float> mean,
      List<Float> std,
      Transparency transparency,
      Orientation orientation) {
    this(
        width,
        height,
        resize,
        interpolation,
        crop,
        CropRounding.FLOOR,
        mean,
        std,
        transparency,
        orientation,
        null);
  }

  /** The same with a crop that begins elsewhere. */
  public ImageSpec withCropRounding(CropRounding rounding) {
    return new ImageSpec(
        width,
        height,
        resize,
        interpolation,
        crop,
        rounding,
        mean,
        std,
        transparency,
        orientation,
        patches);
  }

  /** Floats of one preprocessed image. */
  public int floats() {
    return 3 * width * height;
  }

  /** How the decoded image reaches the target size. */
  public enum Resize {
    /** The shorter side gets the target size, the aspect ratio stays. */
    SHORTEST_EDGE,
    /** Both sides get the target size, whatever the aspect ratio. */
    SQUASH,
    /**
     * Both sides become whole patches, together at most as many as the model reads, in nearly the
     * image's aspect ratio. The graph's input is a sheet of patches.
     */
    PATCHES
  }

  /**
   * Square pieces of an image.
   *
   * @param size of each side, in pixels
   * @param count how many an image has at most
   */
  public record Patches(int size, int count) {}

  /** Pillow's antialiased filters. */
  public enum Interpolation {
    BICUBIC,
    BILINEAR
  }

  /** What happens to what is left over after resizing. */
  public enum Crop {
    /** The middle stays. */
    CENTER,
    NONE
  }

  /** What becomes of the half pixel where the middle of an odd margin is sought. */
  public enum CropRounding {
    /** It is left out, as in transformers. */
    FLOOR,
    /** The even neighbour is taken, as Python's {@code round} does in torchvision. */
    HALF_EVEN;

    /**
     * Where the middle begins.
     *
     * @param margin pixels that are cut off on both sides together, at least 0
     */
    public long offset(long margin) {
      long half = margin / 2;
      return this == HALF_EVEN && margin % 4 == 3 ? half + 1 : half;
    }
  }

  /** What happens to an alpha channel. */
  public enum Transparency {
    /** Alpha is ignored, like Pillow's {@code convert("RGB")}. */
    DROP,
    /** The image is composed on white. */
    WHITE
  }

  /** Whether EXIF may turn the image. */
  public enum Orientation {
    /** The image is turned and mirrored as EXIF asks, like Pillow's {@code exif_transpose}. */
    EXIF,
    /** Pixels as they are stored. */
    IGNORE
  }
}
