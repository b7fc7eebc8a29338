package org.sightline.runtime.image.webp;

import java.io.EOFException;
import java.io.IOException;

/** Alpha of a lossy picture: a chunk of its own, raw or coded losslessly, with a filter. */
final class AlphaPlane {
  private static final int HORIZONTAL = 1;
  private static final int VERTICAL = 2;

  private AlphaPlane() {}

  /**
   * @return {@code [height * width]}, 255 is opaque
   */
  static byte[] decode(byte[] bytes, int from, int length, int width, int height)
      throws IOException {
    if (length < 1) {
      throw new EOFException("an empty alpha chunk");
    }
    int compression = bytes[from] & 3;
    int filter = bytes[from] >> 2 & 3;
    int pixels = Math.multiplyExact(width, height);
    byte[] alpha = new byte[pixels];
    switch (compression) {
      case 0 -> {
        if (length - 1 < pixels) {
          throw new EOFException("an alpha chunk that is shorter than the image");
        }
        System.arraycopy(bytes, from + 1, alpha, 0, pixels);
      }
      case 1 -> {
        int[] argb = Lossless.decode(new BitReader(bytes, from + 1, length - 1), width, height);
        for (int i = 0; i < pixels; i++) {
          alpha[i] = (byte) (argb[i] >> 8);
        }
      }
      default -> throw new IOException("alpha compression " + compression);
    }
    if (filter > 0) {
      unfilter(alpha, width, height, filter);
    }
    return alpha;
  }

  /** Along the first row and the first column every filter adds the neighbour before. */
  private static void unfilter(byte[] alpha, int width, int height, int filter) {
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at++) {
        int left = x == 0 ? 0 : alpha[at - 1] & 0xFF;
        int above = y == 0 ? 0 : alpha[at - width] & 0xFF;
        int predicted;
        if (y == 0 || x == 0) {
          predicted = y == 0 ? left : above;
        } else if (filter == HORIZONTAL) {
          predicted = left;
        } else if (filter == VERTICAL) {
          predicted = above;
        } else {
          predicted = Plane.clip(left + above - (alpha[at - width - 1] & 0xFF));
        }
        alpha[at] += (byte) predicted;
      }
    }
  }
}
