package org.sightline.runtime.image.pixels;

import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Patches;
import org.sightline.runtime.bundle.ImageSpec.Resize;

/**
 * The size to which a picture is resized before it is cropped.
 *
 * @param width in pixels; of very long pictures far more than what is computed
 * @param height in pixels; of very high pictures far more than what is computed
 */
public record ResizedSides(long width, long height) {
  /**
   * Fewest samples that a decoder leaves for each resized one. From three on, Pillow says of its
   * {@code reducing_gap}, the result can in most cases not be told from that of all samples. Halves
   * differ most, and gain least.
   */
  private static final int GAP = 3;

  private static final int GAP_OF_HALVES = 4;

  /** Of the scale to a number of patches. */
  private static final double PRECISION = 1e-5;

  private static final double LARGEST_SCALE = 100;

  /** Smaller pictures are decoded in a few milliseconds, and stay exact for small models too. */
  private static final long LEAST_PIXELS = 1_000_000;

  private static final int[] REDUCTIONS = {8, 4, 2};

  /**
   * @param width of the picture as it is to be seen, in pixels
   * @param height of the picture as it is to be seen, in pixels
   */
  public static ResizedSides of(ImageSpec spec, int width, int height) {
    if (spec.resize() == Resize.PATCHES) {
      return patches(spec.patches(), width, height);
    }
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
   * The largest scale by which both sides, rounded up to whole patches, have no more of them than
   * allowed; sought as transformers seeks it.
   */
  private static ResizedSides patches(Patches patches, int width, int height) {
    double least = PRECISION / 10;
    double most = LARGEST_SCALE;
    while (most - least >= PRECISION) {
      double scale = (least + most) / 2;
      long count = along(patches, scale, width) * along(patches, scale, height);
      if (count <= patches.count()) {
        least = scale;
      } else {
        most = scale;
      }
    }
    return new ResizedSides(
        along(patches, least, width) * patches.size(),
        along(patches, least, height) * patches.size());
  }

  /** Patches along a side, at least one. */
  private static long along(Patches patches, double scale, int side) {
    return Math.max(1, (long) Math.ceil(side * scale / patches.size()));
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
      int least = reduction * (reduction == 2 ? GAP_OF_HALVES : GAP);
      if (fullWidth >= least * width && fullHeight >= least * height) {
        return reduction;
      }
    }
    return 1;
  }

  /**
   * The same for people, who look at the result: they do not see what a model may notice.
   *
   * @return 1, 2, 4 or 8
   */
  public int reductionToLookAt(int fullWidth, int fullHeight) {
    for (int reduction : REDUCTIONS) {
      if (2L * fullWidth >= 3 * reduction * width && 2L * fullHeight >= 3 * reduction * height) {
        return reduction;
      }
    }
    return 1;
  }
}
