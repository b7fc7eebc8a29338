package org.sightline.runtime.image.pixels;

/** A decoded image, read row by row. For use by one thread. */
public abstract class PixelRows {
  private final int width;
  private final int height;
  private int[] words;

  protected PixelRows(int width, int height) {
    this.width = width;
    this.height = height;
  }

  public final int width() {
    return width;
  }

  public final int height() {
    return height;
  }

  /** What of the rows the picture covers: all of it, unless it was decoded in a fraction. */
  public Extent extent() {
    return Extent.whole(width, height);
  }

  /**
   * Copies a row in words.
   *
   * @param y counted from the top
   * @param words {@code [width]}, overwritten: red in the highest 8 bits, then green, blue, and
   *     opacity, which means nothing in a picture that has none
   */
  public abstract void words(int y, int[] words);

  /**
   * Copies a row.
   *
   * @param rgb {@code [3 * width]}, red, green, blue of each pixel, overwritten
   */
  public void row(int y, byte[] rgb) {
    words = words == null ? new int[width] : words;
    words(y, words);
    for (int x = 0, to = 0; x < width; x++, to += 3) {
      rgb[to] = (byte) (words[x] >>> 24);
      rgb[to + 1] = (byte) (words[x] >>> 16);
      rgb[to + 2] = (byte) (words[x] >>> 8);
    }
  }
}
