package org.sightline.runtime.image.pixels;

/**
 * Rows on the heap.
 *
 * @param rgb {@code [height * width * 3]}, red, green, blue
 */
public record RgbRows(int width, int height, Extent extent, byte[] rgb) implements PixelRows {

  /** A copy of all pixels. */
  public static RgbRows copyOf(PixelRows rows) {
    int stride = 3 * rows.width();
    byte[] rgb = new byte[Math.multiplyExact(rows.height(), stride)];
    byte[] row = new byte[stride];
    for (int y = 0; y < rows.height(); y++) {
      rows.row(y, row);
      System.arraycopy(row, 0, rgb, y * stride, stride);
    }
    return new RgbRows(rows.width(), rows.height(), rows.extent(), rgb);
  }

  @Override
  public void row(int y, byte[] to) {
    System.arraycopy(rgb, 3 * width * y, to, 0, 3 * width);
  }
}
