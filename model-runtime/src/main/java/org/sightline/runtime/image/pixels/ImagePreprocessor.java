package org.sightline.runtime.image.pixels;

import org.sightline.runtime.bundle.ImageSpec;

/**
 * Turns decoded images into the pixels that a graph takes. The only path there is: single and
 * batch, ingest and query. Thread-safe.
 */
public final class ImagePreprocessor {
  private final ImageSpec spec;
  private final float[][] normalised;

  public ImagePreprocessor(ImageSpec spec) {
    this.spec = spec;
    this.normalised = new float[3][];
    for (int channel = 0; channel < 3; channel++) {
      normalised[channel] = table(spec.mean().get(channel), spec.std().get(channel));
    }
  }

  public ImageSpec spec() {
    return spec;
  }

  /**
   * Resizes, crops and normalises.
   *
   * @return {@code [3 * height * width]}, channel by channel
   */
  public float[] pixels(PixelRows image) {
    float[] pixels = new float[spec.floats()];
    normalise(resize(image), pixels);
    return pixels;
  }

  /**
   * Resizes and crops, or lays patches on their sheet.
   *
   * @return {@code [height * width * 3]}, red, green, blue
   */
  public byte[] resize(PixelRows image) {
    Extent extent = image.extent();
    ResizedSides sides = ResizedSides.of(spec, extent.fullWidth(), extent.fullHeight());
    long width = sides.width();
    long height = sides.height();
    if (spec.patches() != null) {
      Resampler.Target whole = new Resampler.Target(width, height, 0, 0, (int) width, (int) height);
      byte[] rgb = Resampler.resize(image, spec.interpolation(), whole);
      return PatchSheet.of(spec, rgb, (int) width, (int) height);
    }
    Resampler.Target target =
        new Resampler.Target(
            width,
            height,
            spec.cropRounding().offset(width - spec.width()),
            spec.cropRounding().offset(height - spec.height()),
            spec.width(),
            spec.height());
    return Resampler.resize(image, spec.interpolation(), target);
  }

  /**
   * Most heap that {@link #resize} takes for a picture, its result included, in bytes.
   *
   * @param width of the picture, in pixels
   * @param height of the picture, in pixels
   */
  public static long resizeBytes(ImageSpec spec, int width, int height) {
    ResizedSides sides = ResizedSides.of(spec, width, height);
    boolean patches = spec.patches() != null;
    long samples = 3 * (patches ? sides.width() : spec.width());
    long rows = patches ? sides.height() : spec.height();
    // a filter reaches over two samples on each side, of the smaller grid
    long rowsOfOne = Math.min(height, 4 * (height / Math.max(1, sides.height()) + 1) + 1);
    long narrowed = Integer.BYTES * samples * (rowsOfOne + RowBlock.ROWS);
    long block = (long) Integer.BYTES * Math.min(RowBlock.SAMPLES, (long) RowBlock.ROWS * width);
    // weights of both axes; a row in words, in bytes and as arrays of columns
    long axes = 64L * ((long) width + height);
    // sums of a high picture, whose columns are mixed first
    long high = 5 * 3L * rows * Math.min(width, height / 100 + 1);
    return narrowed + block + axes + high + samples * rows + (patches ? spec.floats() : 0);
  }

  /**
   * Normalises what {@link #resize} gave.
   *
   * @param pixels receives {@code [3 * height * width]}, channel by channel
   */
  public void normalise(byte[] rgb, float[] pixels) {
    int plane = spec.width() * spec.height();
    float[] red = normalised[0];
    float[] green = normalised[1];
    float[] blue = normalised[2];
    for (int i = 0; i < plane; i++) {
      pixels[i] = red[rgb[3 * i] & 0xFF];
      pixels[plane + i] = green[rgb[3 * i + 1] & 0xFF];
      pixels[2 * plane + i] = blue[rgb[3 * i + 2] & 0xFF];
    }
  }

  private static float[] table(float mean, float std) {
    float[] table = new float[256];
    for (int value = 0; value < 256; value++) {
      table[value] = ((float) (value / 255.0) - mean) / std;
    }
    return table;
  }
}
