package org.sightline.runtime.image.webp;

/** A decoded picture, read row by row. For use by one thread. */
public interface ArgbRows {

  /**
   * Copies a row.
   *
   * @param argb {@code [width]}, alpha in the high byte, not premultiplied; overwritten
   */
  void row(int y, int[] argb);
}
