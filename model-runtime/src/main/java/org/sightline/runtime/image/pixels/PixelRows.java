package org.sightline.runtime.image.pixels;

/** A decoded image, read row by row. For use by one thread. */
public interface PixelRows {

  int width();

  int height();

  /** What of the rows the picture covers: all of it, unless it was decoded in a fraction. */
  default Extent extent() {
    return Extent.whole(width(), height());
  }

  /**
   * Copies a row.
   *
   * @param y counted from the top
   * @param rgb {@code [3 * width]}, red, green, blue of each pixel, overwritten
   */
  void row(int y, byte[] rgb);

  /**
   * Copies a row in words.
   *
   * @param y counted from the top
   * @param words {@code [width]}, overwritten: red in the highest 8 bits, then green, blue, and 8
   *     bits that mean nothing
   * @param rgb {@code [3 * width]}, may be overwritten
   */
  default void words(int y, int[] words, byte[] rgb) {
    row(y, rgb);
    for (int x = 0, from = 0; x < width(); x++, from += 3) {
      words[x] = rgb[from] << 24 | (rgb[from + 1] & 0xFF) << 16 | (rgb[from + 2] & 0xFF) << 8;
    }
  }
}
