package org.sightline.runtime.image.formats;

import org.sightline.runtime.encoded.ImageFormat;

/**
 * What an encoded image says of itself before anything is decoded.
 *
 * @param width in pixels
 * @param height in pixels
 * @param decodedBytes peak of heap and native memory while the image is decoded
 */
public record ImageHeader(ImageFormat format, int width, int height, long decodedBytes) {
  /** Largest width and height, in pixels: that of JPEG. It bounds what a row takes. */
  public static final int MAX_SIDE = 65_535;

  /** Bytes a pixel of the copy that turning a picture takes. */
  private static final int TURNED_BYTES = 3;

  /** Width times height. */
  public long pixels() {
    return (long) width * height;
  }

  /**
   * The header of the image once it is turned, which takes a copy where its sides change places.
   */
  public ImageHeader turned(int orientation) {
    return Orientations.turns(orientation)
        ? new ImageHeader(format, height, width, decodedBytes + TURNED_BYTES * pixels())
        : this;
  }
}
