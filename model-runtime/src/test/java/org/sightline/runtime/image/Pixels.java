package org.sightline.runtime.image;

import java.util.Random;
import org.sightline.runtime.image.pixels.PixelRows;

/** RGB on the heap. */
public record Pixels(int width, int height, byte[] rgb) implements PixelRows {

  /** Random pixels, the same in every run. */
  public static Pixels noise(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(42).nextBytes(rgb);
    return new Pixels(width, height, rgb);
  }

  @Override
  public void row(int y, byte[] to) {
    System.arraycopy(rgb, 3 * width * y, to, 0, 3 * width);
  }
}
