package org.sightline.runtime.image.webp;

import java.util.Arrays;

/** Reads the coefficients of macroblocks (RFC 6386, section 13) and removes their second order. */
final class Vp8Coefficients {
  private static final int CONTEXT = 11;
  private static final int BAND = 3 * CONTEXT;
  private static final int TYPE = 8 * BAND;
  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[][] EXTRA_BITS = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  private final Vp8Header header;

  /** Whether the block above had coefficients: 4 luma, 2 + 2 chroma, 1 second order a column. */
  private final byte[] above;

  private final byte[] left = new byte[9];

  /**
   * {@code [25][16]}: 16 luma, 4 + 4 chroma, the second order; 16 bits each, as the format has it.
   */
  final int[] values = new int[25 * 16];

  Vp8Coefficients(Vp8Header header, int columns) {
    this.header = header;
    this.above = new byte[9 * columns];
  }

  void beginRow() {
    Arrays.fill(left, (byte) 0);
  }

  /** Notes that a macroblock has no coefficients. */
  void skip(int column, boolean small) {
    int kinds = small ? 8 : 9;
    for (int i = 0; i < kinds; i++) {
      above[9 * column + i] = 0;
      left[i] = 0;
    }
  }

  /**
   * Reads the coefficients of a macroblock into {@link #values}.
   *
   * @param small whether each block is predicted on its own; there is no second order then
   * @return whether any differs from 0
   */
  boolean read(BoolDecoder bits, int column, boolean small, int segment) {
    Arrays.fill(values, 0);
    int[] steps = header.steps[segment];
    int top = 9 * column;
    int first = 0;
    if (small == false) {
      int count = block(bits, 1, above[top + 8] + left[8], steps[2], steps[3], 0, 24 * 16);
      above[top + 8] = left[8] = (byte) (count > 0 ? 1 : 0);
      spreadSecondOrder();
      first = 1;
    }
    boolean any = false;
    for (int i = 0; i < 16; i++) {
      int a = top + (i & 3);
      int l = i >> 2;
      int type = small ? 3 : 0;
      int count = block(bits, type, above[a] + left[l], steps[0], steps[1], first, 16 * i);
      above[a] = left[l] = (byte) (count > first ? 1 : 0);
      any |= count > 1 || values[16 * i] != 0;
    }
    for (int i = 0; i < 8; i++) {
      int plane = 4 + (i >> 2) * 2;
      int a = top + plane + (i & 1);
      int l = plane + (i >> 1 & 1);
      int at = 16 * (16 + i);
      int count = block(bits, 2, above[a] + left[l], steps[4], steps[5], 0, at);
      above[a] = left[l] = (byte) (count > 0 ? 1 : 0);
      any |= count > 1 || values[at] != 0;
    }
    return any;
  }

  /** One block; returns the place behind its last token. */
  private int block(BoolDecoder bits, int type, int context, int dc, int ac, int first, int to) {
    byte[] all = header.probabilities;
    int p = type * TYPE + BANDS[first] * BAND + context * CONTEXT;
    for (int n = first; n < 16; n++) {
      if (bits.bit(all[p] & 0xFF) == 0) {
        return n;
      }
      while (bits.bit(all[p + 1] & 0xFF) == 0) {
        n++;
        if (n == 16) {
          return 16;
        }
        p = type * TYPE + BANDS[n] * BAND;
      }
      int next = type * TYPE + BANDS[n + 1] * BAND;
      int value = 1;
      if (bits.bit(all[p + 2] & 0xFF) == 0) {
        p = next + CONTEXT;
      } else {
        value = large(bits, all, p);
        p = next + 2 * CONTEXT;
      }
      values[to + ZIGZAG[n]] = (short) (bits.signed(value) * (n == 0 ? dc : ac));
    }
    return 16;
  }

  private static int large(BoolDecoder bits, byte[] all, int p) {
    if (bits.bit(all[p + 3] & 0xFF) == 0) {
      if (bits.bit(all[p + 4] & 0xFF) == 0) {
        return 2;
      }
      return 3 + bits.bit(all[p + 5] & 0xFF);
    }
    if (bits.bit(all[p + 6] & 0xFF) == 0) {
      if (bits.bit(all[p + 7] & 0xFF) == 0) {
        return 5 + bits.bit(159);
      }
      int high = bits.bit(165);
      return 7 + 2 * high + bits.bit(145);
    }
    int high = bits.bit(all[p + 8] & 0xFF);
    int category = 2 * high + bits.bit(all[p + 9 + high] & 0xFF);
    int value = 0;
    for (int probability : EXTRA_BITS[category]) {
      value = 2 * value + bits.bit(probability);
    }
    return value + 3 + (8 << category);
  }

  /** The inverse Walsh-Hadamard transform gives the first coefficient of each luma block (14.3). */
  private void spreadSecondOrder() {
    int in = 24 * 16;
    int[] columns = new int[16];
    for (int i = 0; i < 4; i++) {
      int outer = values[in + i] + values[in + 12 + i];
      int inner = values[in + 4 + i] + values[in + 8 + i];
      int innerLess = values[in + 4 + i] - values[in + 8 + i];
      int outerLess = values[in + i] - values[in + 12 + i];
      columns[i] = outer + inner;
      columns[4 + i] = outerLess + innerLess;
      columns[8 + i] = outer - inner;
      columns[12 + i] = outerLess - innerLess;
    }
    for (int i = 0; i < 16; i += 4) {
      int rounded = columns[i] + 3;
      int outer = rounded + columns[i + 3];
      int inner = columns[i + 1] + columns[i + 2];
      int innerLess = columns[i + 1] - columns[i + 2];
      int outerLess = rounded - columns[i + 3];
      values[16 * i] = (short) (outer + inner >> 3);
      values[16 * (i + 1)] = (short) (outerLess + innerLess >> 3);
      values[16 * (i + 2)] = (short) (outer - inner >> 3);
      values[16 * (i + 3)] = (short) (outerLess - innerLess >> 3);
    }
  }
}
