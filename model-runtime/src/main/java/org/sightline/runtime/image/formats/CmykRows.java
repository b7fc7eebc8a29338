package org.sightline.runtime.image.formats;

import java.awt.image.Raster;
import org.sightline.runtime.image.pixels.PixelRows;

/**
 * Turns four inks into RGB without a colour profile, as Pillow does: {@code (255 - ink) * (255 -
 * black) / 255}, rounded.
 */
public final class CmykRows extends PixelRows {
  private final Raster raster;
  private final boolean ycc;
  private final boolean[] halved;
  private final int[] samples;
  private final int[] neighbours;

  /**
   * @param raster of four bands with 8 bits each, 0 for full ink: every JPEG, after Adobe
   * @param ycc whether the colours are coded as YCbCr
   * @param halved bands that had every other row in the file, and are there twice now
   */
  CmykRows(Raster raster, boolean ycc, boolean[] halved) {
    super(raster.getWidth(), raster.getHeight());
    this.raster = raster;
    this.ycc = ycc;
    this.halved = halved;
    this.samples = new int[4 * raster.getWidth()];
    this.neighbours = new int[raster.getWidth()];
  }

  @Override
  public void words(int y, int[] words) {
    raster.getPixels(0, y, width(), 1, samples);
    for (int band = 0; band < 4; band++) {
      if (halved[band]) {
        smoothen(y, band);
      }
    }
    if (ycc) {
      toCmy();
    }
    for (int x = 0, from = 0; x < width(); x++, from += 4) {
      int light = samples[from + 3];
      words[x] =
          printed(samples[from], light) << 24
              | printed(samples[from + 1], light) << 16
              | printed(samples[from + 2], light) << 8;
    }
  }

  /**
   * A quarter of the nearest other row of the file, as libjpeg-turbo interpolates; the reader of
   * the JDK repeats rows.
   */
  private void smoothen(int y, int band) {
    boolean upper = y % 2 == 0;
    int neighbour = Math.clamp(upper ? y - 1 : y + 1, 0, height() - 1);
    raster.getSamples(0, neighbour, width(), 1, band, neighbours);
    for (int x = 0; x < neighbours.length; x++) {
      int at = 4 * x + band;
      samples[at] = 3 * samples[at] + neighbours[x] + (upper ? 1 : 2) >> 2;
    }
  }

  /** {@code colour * light / 255}, rounded. */
  public static int printed(int colour, int light) {
    int product = colour * light + 128;
    return (product >> 8) + product >> 8;
  }

  /** JFIF's YCbCr to RGB in 16-bit fixed point, then 255 minus that, as libjpeg has it. */
  private void toCmy() {
    for (int at = 0; at < samples.length; at += 4) {
      int y = samples[at];
      int blue = samples[at + 1] - 128;
      int red = samples[at + 2] - 128;
      samples[at] = clip(255 - (y + (91881 * red + 32768 >> 16)));
      samples[at + 1] = clip(255 - (y + (-22554 * blue - 46802 * red + 32768 >> 16)));
      samples[at + 2] = clip(255 - (y + (116130 * blue + 32768 >> 16)));
    }
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
