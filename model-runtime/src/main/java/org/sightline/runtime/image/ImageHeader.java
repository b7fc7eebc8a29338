package org.sightline.runtime.image;

/**
 * What an encoded image says of itself before anything is decoded.
 *
 * @param width in pixels
 * @param height in pixels
 * @param bitsPerPixel of the decoded image on the heap, with what its decoder takes beside it
 */
public record ImageHeader(ImageFormat format, int width, int height, int bitsPerPixel) {

  /** Width times height. */
  public long pixels() {
    return (long) width * height;
  }

  /** Heap that the decoded image takes. */
  public long decodedBytes() {
    return (pixels() * bitsPerPixel + 7) / 8;
  }

  /**
   * The header of the image once it is turned, which takes a copy where its sides change places.
   */
  ImageHeader turned(int orientation) {
    return Orientations.turns(orientation)
        ? new ImageHeader(format, height, width, bitsPerPixel + 24)
        : this;
  }
}
