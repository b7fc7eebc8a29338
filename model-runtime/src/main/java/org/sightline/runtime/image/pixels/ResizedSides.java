package org.sightline.runtime.image.pixels;

import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Resize;

/**
 * The size to which a picture is resized before it is cropped.
 *
 * @param width in pixels; of very long pictures far more than what is computed
 * @param height likewise
 */
public record ResizedSides(long width, long height) {
  /**
   * How many samples a decoder must leave for each resized one: from three on, Pillow says of its
   * {@code reducing_gap}, the result can in most cases not be told from that of all.
   */
  private static final int GAP = 3;

  /** Smaller pictures are decoded in a few milliseconds, and stay exact for small models too. */
  private static final long LEAST_PIXELS = 1_000_000;

  private static final int[] REDUCTIONS = {8, 4, 2};

  /**
   * @param width of the picture as it is to be seen
   * @param height likewise
   */
  public static ResizedSides of(ImageSpec spec, int width, int height) {
    if (spec.resize() != Resize.SHORTEST_EDGE) {
      return new ResizedSides(spec.width(), spec.height());
    }
    int size = spec.width();
    long shorter = Math.min(width, height);
    long longer = Math.max(width, height);
    long resizedLonger = (long) ((double) (size * longer) / shorter);
    return width <= height
        ? new ResizedSides(size, resizedLonger)
        : new ResizedSides(resizedLonger, size);
  }

  /**
   * The largest fraction in which a picture may be decoded that is then resized to this.
   *
   * @return 1, 2, 4 or 8
   */
  public int reduction(int fullWidth, int fullHeight) {
    if ((long) fullWidth * fullHeight < LEAST_PIXELS) {
      return 1;
    }
    for (int reduction : REDUCTIONS) {
      if (fullWidth >= GAP * reduction * width && fullHeight >= GAP * reduction * height) {
        return reduction;
      }
    }
    return 1;
  }
}
