package org.sightline.image;

/**
 * A decoded image in whatever layout its decoder left it; holds 1 to 8 bytes of heap a pixel. Where
 * it was decoded for a model it may have a fraction of its size. For use by one thread.
 */
public final class DecodedImage {
  private final PixelRows rows;

  DecodedImage(PixelRows rows) {
    this.rows = rows;
  }

  public int width() {
    return rows.width();
  }

  public int height() {
    return rows.height();
  }

  PixelRows rows() {
    return rows;
  }

  /** A copy of all pixels: {@code [height * width * 3]}, red, green, blue. */
  public byte[] rgb() {
    int stride = 3 * width();
    byte[] pixels = new byte[Math.multiplyExact(height(), stride)];
    byte[] row = new byte[stride];
    for (int y = 0; y < height(); y++) {
      rows.row(y, row);
      System.arraycopy(row, 0, pixels, y * stride, stride);
    }
    return pixels;
  }
}
