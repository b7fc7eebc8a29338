package org.sightline.image;

/**
 * A decoded JPEG on the heap: 3 bytes a pixel, of a grey one 1.
 *
 * @param samples {@code [height * width * 3]}, or {@code [height * width]}
 */
record JpegRows(int width, int height, Extent extent, boolean grey, byte[] samples)
    implements PixelRows {
  /** To be filled by {@link #put}. */
  JpegRows(int width, int height, Extent extent, boolean grey) {
    this(width, height, extent, grey, new byte[samples(width, height, grey)]);
  }

  private static int samples(int width, int height, boolean grey) {
    return Math.multiplyExact(Math.multiplyExact(width, height), grey ? 1 : 3);
  }

  /**
   * Takes a row.
   *
   * @param words one for each pixel, red in the highest bits; of grey one for four pixels
   */
  void put(int y, int[] words) {
    if (grey) {
      for (int x = 0, to = y * width; x < width; x++) {
        samples[to + x] = (byte) (words[x >> 2] >>> (24 - 8 * (x & 3)));
      }
      return;
    }
    int to = 3 * y * width;
    for (int x = 0; x < width; x++, to += 3) {
      int word = words[x];
      samples[to] = (byte) (word >>> 24);
      samples[to + 1] = (byte) (word >>> 16);
      samples[to + 2] = (byte) (word >>> 8);
    }
  }

  @Override
  public void row(int y, byte[] rgb) {
    if (grey) {
      int from = y * width;
      for (int x = 0, to = 0; x < width; x++, to += 3) {
        byte sample = samples[from + x];
        rgb[to] = sample;
        rgb[to + 1] = sample;
        rgb[to + 2] = sample;
      }
    } else {
      System.arraycopy(samples, 3 * y * width, rgb, 0, 3 * width);
    }
  }
}
