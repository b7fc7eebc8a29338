package org.sightline.runtime.image.pixels;

/**
 * A decoded image in whatever layout its decoder left it; holds 1 to 8 bytes a pixel, of a JPEG
 * outside of the heap and until its {@code CheckedImage} is closed. Where it was decoded for a
 * model it may have a fraction of its size. For use by one thread.
 */
public final class DecodedImage {
  private final PixelRows rows;

  public DecodedImage(PixelRows rows) {
    this.rows = rows;
  }

  public int width() {
    return rows.width();
  }

  public int height() {
    return rows.height();
  }

  public PixelRows rows() {
    return rows;
  }

  /** A copy of all pixels: {@code [height * width * 3]}, red, green, blue. */
  public byte[] rgb() {
    return RgbRows.copyOf(rows).rgb();
  }
}
