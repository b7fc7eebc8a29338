package org.sightline.runtime.image.webp;

/**
 * One channel of a lossy picture: whole macroblocks, with the border that prediction sees beyond
 * the picture's edges (127 above, 129 to the left). For use by one thread.
 */
final class Plane {
  final int width;
  final int height;
  final byte[] samples;

  /** Of the block that is transformed; an array for each would be most of what decoding takes. */
  private final int[] columns = new int[16];

  Plane(int width, int height) {
    this.width = width;
    this.height = height;
    this.samples = new byte[Math.multiplyExact(width, height)];
  }

  /** A sample; x and y may be -1. */
  int at(int x, int y) {
    if (y < 0) {
      return 127;
    }
    return x < 0 ? 129 : samples[y * width + x] & 0xFF;
  }

  void set(int x, int y, int value) {
    samples[y * width + x] = (byte) value;
  }

  static int clip(int value) {
    return Math.max(0, Math.min(255, value));
  }

  /**
   * Adds the inverse transform (RFC 6386, section 14.4) of a block's coefficients to its
   * prediction.
   *
   * @param from place of the first of 16 coefficients
   */
  void addTransformed(int x, int y, int[] coefficients, int from) {
    boolean any = false;
    for (int i = 0; i < 16; i++) {
      any |= coefficients[from + i] != 0;
    }
    if (any == false) {
      return;
    }
    for (int i = 0; i < 4; i++) {
      int in = from + i;
      int even = coefficients[in] + coefficients[in + 8];
      int evenLess = coefficients[in] - coefficients[in + 8];
      int oddLess = low(coefficients[in + 4]) - high(coefficients[in + 12]);
      int odd = high(coefficients[in + 4]) + low(coefficients[in + 12]);
      columns[4 * i] = even + odd;
      columns[4 * i + 1] = evenLess + oddLess;
      columns[4 * i + 2] = evenLess - oddLess;
      columns[4 * i + 3] = even - odd;
    }
    for (int i = 0; i < 4; i++) {
      int rounded = columns[i] + 4;
      int even = rounded + columns[8 + i];
      int evenLess = rounded - columns[8 + i];
      int oddLess = low(columns[4 + i]) - high(columns[12 + i]);
      int odd = high(columns[4 + i]) + low(columns[12 + i]);
      add(x, y + i, even + odd >> 3);
      add(x + 1, y + i, evenLess + oddLess >> 3);
      add(x + 2, y + i, evenLess - oddLess >> 3);
      add(x + 3, y + i, even - odd >> 3);
    }
  }

  private void add(int x, int y, int difference) {
    int at = y * width + x;
    samples[at] = (byte) clip((samples[at] & 0xFF) + difference);
  }

  /** Times sin(pi / 8) * sqrt 2, in 16-bit fixed point. */
  private static int low(int value) {
    return value * 35468 >> 16;
  }

  /** Times cos(pi / 8) * sqrt 2, in 16-bit fixed point. */
  private static int high(int value) {
    return (value * 20091 >> 16) + value;
  }
}
