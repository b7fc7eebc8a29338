package org.sightline.runtime.image.webp;

import java.io.EOFException;

/** The arithmetic decoder of VP8 (RFC 6386, section 7). Beyond its end it reads zeros. */
final class BoolDecoder {
  private final byte[] bytes;
  private final int end;
  private int next;
  private int range = 255;
  private int value;

  /** Bits of the value beyond the eight that are compared with the range; below 0 none is ready. */
  private int spare = -8;

  private boolean overrun;

  BoolDecoder(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.next = from;
    this.end = from + length;
  }

  /**
   * @param probability of a zero, in 256ths
   */
  int bit(int probability) {
    while (spare < 0) {
      value <<= 8;
      if (next < end) {
        value |= bytes[next++] & 0xFF;
      } else {
        overrun = true;
      }
      spare += 8;
    }
    int split = 1 + ((range - 1) * probability >> 8);
    int result = 0;
    if (value >>> spare >= split) {
      value -= split << spare;
      range -= split;
      result = 1;
    } else {
      range = split;
    }
    int shift = Integer.numberOfLeadingZeros(range) - 24;
    range <<= shift;
    spare -= shift;
    return result;
  }

  boolean flag() {
    return bit(128) == 1;
  }

  /** An unsigned number, its highest bit first. */
  int number(int bits) {
    int number = 0;
    for (int i = 0; i < bits; i++) {
      number = number << 1 | bit(128);
    }
    return number;
  }

  /** A flag, and where it is set a magnitude and a sign; otherwise 0. */
  int optionalSigned(int bits) {
    return flag() ? signed(number(bits)) : 0;
  }

  int signed(int magnitude) {
    return flag() ? -magnitude : magnitude;
  }

  void checkEnd() throws EOFException {
    if (overrun) {
      throw new EOFException("the data of the image ends too early");
    }
  }
}
