package org.sightline.runtime.image.webp;

/**
 * A reversible change that the encoder made to all pixels before coding them.
 *
 * @param width of the picture that comes out when it is undone
 * @param packedWidth of the picture that goes in
 * @param data one value for each block of {@code 1 << shift} pixels squared, or the palette
 * @param shift of the blocks, or of the number of pixels packed into one
 */
record LosslessTransform(Kind kind, int width, int packedWidth, int[] data, int shift) {
  private static final int BLACK = 0xFF000000;

  /** In the order of their codes. */
  enum Kind {
    PREDICT,
    COLOUR,
    GREEN,
    PALETTE
  }

  /** Undoes the change in place. */
  void undo(int[] argb, int height) {
    switch (kind) {
      case PREDICT -> unpredict(argb, height);
      case COLOUR -> uncolour(argb, height);
      case GREEN -> ungreen(argb, height);
      case PALETTE -> unpack(argb, height);
    }
  }

  /** Adds byte by byte, each modulo 256. */
  static int add(int a, int b) {
    int alphaAndGreen = (a & 0xFF00FF00) + (b & 0xFF00FF00);
    int redAndBlue = (a & 0x00FF00FF) + (b & 0x00FF00FF);
    return alphaAndGreen & 0xFF00FF00 | redAndBlue & 0x00FF00FF;
  }

  private void ungreen(int[] argb, int height) {
    for (int i = 0; i < width * height; i++) {
      int green = argb[i] >> 8 & 0xFF;
      argb[i] = argb[i] & 0xFF00FF00 | (argb[i] & 0x00FF00FF) + (green << 16 | green) & 0x00FF00FF;
    }
  }

  private void uncolour(int[] argb, int height) {
    int columns = width + (1 << shift) - 1 >> shift;
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at++) {
        int factors = data[(y >> shift) * columns + (x >> shift)];
        int pixel = argb[at];
        byte green = (byte) (pixel >> 8);
        int red = (pixel >> 16) + share((byte) factors, green) & 0xFF;
        int blue = pixel + share((byte) (factors >> 8), green);
        blue = blue + share((byte) (factors >> 16), (byte) red) & 0xFF;
        argb[at] = pixel & 0xFF00FF00 | red << 16 | blue;
      }
    }
  }

  private static int share(byte factor, byte colour) {
    return factor * colour >> 5;
  }

  private void unpack(int[] argb, int height) {
    int bits = 8 >> shift;
    int mask = (1 << bits) - 1;
    // backwards: what goes in is never wider than what comes out
    for (int y = height - 1; y >= 0; y--) {
      for (int x = width - 1; x >= 0; x--) {
        int packed = argb[y * packedWidth + (x >> shift)] >> 8 & 0xFF;
        int index = packed >> (x & (1 << shift) - 1) * bits & mask;
        argb[y * width + x] = index < data.length ? data[index] : 0;
      }
    }
  }

  private void unpredict(int[] argb, int height) {
    int columns = width + (1 << shift) - 1 >> shift;
    argb[0] = add(argb[0], BLACK);
    for (int x = 1; x < width; x++) {
      argb[x] = add(argb[x], argb[x - 1]);
    }
    for (int y = 1, at = width; y < height; y++) {
      argb[at] = add(argb[at], argb[at - width]);
      at++;
      for (int x = 1; x < width; x++, at++) {
        int mode = data[(y >> shift) * columns + (x >> shift)] >> 8 & 0xF;
        argb[at] = add(argb[at], predicted(argb, at, mode));
      }
    }
  }

  /** The right neighbour above the last pixel of a row is the first pixel of its own row. */
  private int predicted(int[] argb, int at, int mode) {
    int left = argb[at - 1];
    int top = argb[at - width];
    int corner = argb[at - width - 1];
    int right = argb[at - width + 1];
    return switch (mode) {
      case 1 -> left;
      case 2 -> top;
      case 3 -> right;
      case 4 -> corner;
      case 5 -> mean(mean(left, right), top);
      case 6 -> mean(left, corner);
      case 7 -> mean(left, top);
      case 8 -> mean(corner, top);
      case 9 -> mean(top, right);
      case 10 -> mean(mean(left, corner), mean(top, right));
      case 11 -> nearer(left, top, corner);
      case 12 -> gradient(left, top, corner);
      case 13 -> halfGradient(mean(left, top), corner);
      default -> BLACK;
    };
  }

  private static int mean(int a, int b) {
    return (((a ^ b) & 0xFEFEFEFE) >>> 1) + (a & b);
  }

  private static int nearer(int left, int top, int corner) {
    int difference = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int c = corner >> shift & 0xFF;
      difference += Math.abs((left >> shift & 0xFF) - c) - Math.abs((top >> shift & 0xFF) - c);
    }
    return difference <= 0 ? top : left;
  }

  private static int gradient(int left, int top, int corner) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int value = (left >> shift & 0xFF) + (top >> shift & 0xFF) - (corner >> shift & 0xFF);
      result |= clip(value) << shift;
    }
    return result;
  }

  private static int halfGradient(int mean, int corner) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int value = mean >> shift & 0xFF;
      result |= clip(value + (value - (corner >> shift & 0xFF)) / 2) << shift;
    }
    return result;
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
