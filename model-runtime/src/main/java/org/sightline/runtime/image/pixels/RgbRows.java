package org.sightline.runtime.image.pixels;

/** Rows on the heap. */
public final class RgbRows extends PixelRows {
  private final Extent extent;
  private final byte[] rgb;

  /**
   * @param rgb {@code [height * width * 3]}, red, green, blue; not copied
   */
  public RgbRows(int width, int height, Extent extent, byte[] rgb) {
    super(width, height);
    this.extent = extent;
    this.rgb = rgb;
  }

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

  /** All pixels, {@code [height * width * 3]}; not copied. */
  public byte[] rgb() {
    return rgb;
  }

  @Override
  public Extent extent() {
    return extent;
  }

  @Override
  public void words(int y, int[] words) {
    for (int x = 0, from = 3 * width() * y; x < width(); x++, from += 3) {
      words[x] = rgb[from] << 24 | (rgb[from + 1] & 0xFF) << 16 | (rgb[from + 2] & 0xFF) << 8;
    }
  }

  @Override
  public void row(int y, byte[] to) {
    System.arraycopy(rgb, 3 * width() * y, to, 0, 3 * width());
  }
}
