package org.sightline.image;

/** A decoded image, read row by row. For use by one thread. */
interface PixelRows {

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
}
