package org.sightline.runtime.image.webp;

import java.io.EOFException;

/** Reads bits, lowest first. */
final class BitReader {
  private final byte[] bytes;
  private final int end;
  private int next;
  private long window;
  private int available;

  BitReader(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.next = from;
    this.end = from + length;
  }

  /**
   * @param count 0 to 24
   */
  int read(int count) throws EOFException {
    int value = peek(count);
    skip(count);
    return value;
  }

  boolean flag() throws EOFException {
    return read(1) == 1;
  }

  /** The next bits without consuming them; beyond the end they are zero. */
  int peek(int count) {
    while (available < count) {
      window |= (next < end ? bytes[next] & 0xFFL : 0) << available;
      next++;
      available += 8;
    }
    return (int) (window & (1L << count) - 1);
  }

  void skip(int count) throws EOFException {
    window >>>= count;
    available -= count;
    if (next - available / 8 > end) {
      throw new EOFException("the data of the image ends too early");
    }
  }
}
