package org.sightline.image;

/**
 * What an encoded image says of itself before anything is decoded.
 *
 * @param width in pixels
 * @param height in pixels
 * @param bitsPerPixel of the decoded image on the heap
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
}
