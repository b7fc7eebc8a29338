package org.sightline.runtime.image.pixels;

/**
 * The picture's own size, and the part of the rows that it covers, in samples. Of a picture that
 * was decoded in a fraction of its size the last column and row may stand for less than a whole
 * sample: 4001 pixels in quarters are 1000.25 samples, kept in 1001.
 *
 * @param fullWidth of the picture, in pixels
 * @param fullHeight of the picture, in pixels
 * @param left where the picture begins
 * @param top where the picture begins
 * @param width how many samples it covers, at most those that are left
 * @param height likewise
 */
public record Extent(
    int fullWidth, int fullHeight, double left, double top, double width, double height) {

  public static Extent whole(int width, int height) {
    return new Extent(width, height, 0, 0, width, height);
  }

  /** A picture that was decoded in a fraction of its size. */
  public static Extent reduced(int fullWidth, int fullHeight, int reduction) {
    double width = (double) fullWidth / reduction;
    return new Extent(fullWidth, fullHeight, 0, 0, width, (double) fullHeight / reduction);
  }

  /** Of rows that are read backwards. */
  public Extent mirrored(int columns) {
    return new Extent(fullWidth, fullHeight, columns - left - width, top, width, height);
  }

  /** Of rows from the bottom to the top. */
  public Extent upsideDown(int rows) {
    return new Extent(fullWidth, fullHeight, left, rows - top - height, width, height);
  }

  /** Of columns that became rows. */
  public Extent transposed() {
    return new Extent(fullHeight, fullWidth, top, left, height, width);
  }
}
