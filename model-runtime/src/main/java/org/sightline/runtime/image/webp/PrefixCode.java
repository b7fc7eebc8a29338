package org.sightline.runtime.image.webp;

import java.io.EOFException;
import java.io.IOException;

/** A canonical prefix code of at most 15 bits, read with the first bit of each code word first. */
final class PrefixCode {
  static final int MAX_LENGTH = 15;

  /** Bits of the table that resolves short code words at once. */
  private static final int FAST = 7;

  private static final int[] LENGTH_ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /** Symbols in the order of their code words. */
  private final short[] symbols;

  /** How many code words have each length. */
  private final short[] counts;

  /** {@code symbol << 4 | length} by the next bits as they are read; 0 for longer code words. */
  private final short[] fast;

  private PrefixCode(short[] symbols, short[] counts, short[] fast) {
    this.symbols = symbols;
    this.counts = counts;
    this.fast = fast;
  }

  /**
   * @param lengths of the code words by symbol, 0 for symbols that do not occur
   */
  private static PrefixCode of(byte[] lengths) throws IOException {
    short[] counts = new short[MAX_LENGTH + 1];
    int used = 0;
    int free = 1 << MAX_LENGTH;
    for (byte length : lengths) {
      if (length > 0) {
        counts[length]++;
        used++;
        free -= 1 << MAX_LENGTH - length;
      }
    }
    if (used == 0 || used > 1 && free != 0) {
      throw new IOException("a prefix code that is not complete");
    }
    short[] symbols = new short[used];
    int[] starts = new int[MAX_LENGTH + 2];
    for (int length = 1; length <= MAX_LENGTH; length++) {
      starts[length + 1] = starts[length] + counts[length];
    }
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        symbols[starts[lengths[symbol]]++] = (short) symbol;
      }
    }
    return used == 1 ? single(symbols[0]) : new PrefixCode(symbols, counts, table(symbols, counts));
  }

  private static PrefixCode single(int symbol) {
    return new PrefixCode(new short[] {(short) symbol}, null, null);
  }

  private static short[] table(short[] symbols, short[] counts) {
    short[] fast = new short[1 << FAST];
    int code = 0;
    int index = 0;
    for (int length = 1; length <= FAST; length++) {
      for (int i = 0; i < counts[length]; i++, code++, index++) {
        int reversed = Integer.reverse(code) >>> 32 - length;
        for (int at = reversed; at < fast.length; at += 1 << length) {
          fast[at] = (short) (symbols[index] << 4 | length);
        }
      }
      code <<= 1;
    }
    return fast;
  }

  /** Heap that the code takes, roughly, in bytes. */
  int heap() {
    return 48 + 2 * symbols.length + (fast == null ? 0 : 2 * fast.length + 64);
  }

  int read(BitReader bits) throws EOFException {
    if (fast == null) {
      return symbols[0];
    }
    int entry = fast[bits.peek(FAST)] & 0xFFFF;
    if (entry != 0) {
      bits.skip(entry & 0xF);
      return entry >> 4;
    }
    int code = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; ; length++) {
      code |= bits.read(1);
      int count = counts[length];
      if (code - first < count) {
        return symbols[index + code - first];
      }
      index += count;
      first = first + count << 1;
      code <<= 1;
    }
  }

  /**
   * Reads a code from the stream.
   *
   * @param alphabet number of symbols
   */
  static PrefixCode readFrom(BitReader bits, int alphabet) throws IOException {
    byte[] lengths = new byte[alphabet];
    if (bits.flag()) {
      boolean two = bits.flag();
      int first = bits.read(bits.flag() ? 8 : 1);
      int second = two ? bits.read(8) : first;
      if (Math.max(first, second) >= alphabet) {
        throw new IOException("a prefix code for symbols that do not exist");
      }
      lengths[first] = 1;
      lengths[second] = 1;
      return of(lengths);
    }
    byte[] lengthLengths = new byte[LENGTH_ORDER.length];
    int count = 4 + bits.read(4);
    for (int i = 0; i < count; i++) {
      lengthLengths[LENGTH_ORDER[i]] = (byte) bits.read(3);
    }
    PrefixCode lengthCode = of(lengthLengths);
    int codes = bits.flag() ? 2 + bits.read(2 + 2 * bits.read(3)) : alphabet;
    if (codes > alphabet) {
      throw new IOException("a prefix code with more lengths than symbols");
    }
    readLengths(bits, lengthCode, codes, lengths);
    return of(lengths);
  }

  private static void readLengths(BitReader bits, PrefixCode lengthCode, int codes, byte[] lengths)
      throws IOException {
    byte previous = 8;
    int symbol = 0;
    for (int left = codes; symbol < lengths.length && left > 0; left--) {
      int code = lengthCode.read(bits);
      if (code < 16) {
        lengths[symbol++] = (byte) code;
        previous = code == 0 ? previous : (byte) code;
        continue;
      }
      int repeat =
          switch (code) {
            case 16 -> 3 + bits.read(2);
            case 17 -> 3 + bits.read(3);
            default -> 11 + bits.read(7);
          };
      if (symbol + repeat > lengths.length) {
        throw new IOException("a prefix code with more lengths than symbols");
      }
      for (int i = 0; i < repeat; i++) {
        lengths[symbol++] = code == 16 ? previous : 0;
      }
    }
  }
}
