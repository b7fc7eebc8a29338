package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/**
 * How many groups of prefix codes lossless WebP data have (RFC 9649, section 3). libwebp keeps
 * tables of up to 20 kB for each group, and a group may have 20 bits in the file. Reads the
 * transforms and the picture that says which block of pixels uses which group; the pixels
 * themselves are not read. For one thread.
 */
final class LosslessCodes {
  /** Symbols of green and lengths, red, blue, opacity, distances; without the colour cache. */
  private static final int[] ALPHABETS = {256 + 24, 256, 256, 256, 40};

  private static final int LITERALS = 256;
  private static final int MAX_LENGTH = 15;
  private static final int MAX_CACHE_BITS = 11;

  /** The order in which the lengths of the codes for lengths stand. */
  private static final int[] LENGTH_ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /** Entries of libwebp's tables for one group, 4 bytes each, besides those of the cache. */
  private static final int TABLE_ENTRIES = 3 * 630 + 410 + 656;

  /** What libwebp keeps of a group beside its tables: pointers, and a table of short codes. */
  private static final int GROUP_BYTES = 568;

  private final byte[] bytes;
  private final int end;
  private long at; // in bits
  private int cacheBits;
  private long groups = 1;
  private long blocks;

  private LosslessCodes(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = 8L * from;
    this.end = end;
  }

  /**
   * Native memory that libwebp takes for the tables.
   *
   * @param bytes a file, not changed
   * @param from the first byte behind the header with the picture's size
   * @param length of the data behind that header
   * @throws IOException where libwebp cannot read the data either
   */
  static long tableBytes(byte[] bytes, int from, int length, int width, int height)
      throws IOException {
    LosslessCodes codes = new LosslessCodes(bytes, from, from + length);
    codes.read(width, height);
    long entries = TABLE_ENTRIES + (1L << codes.cacheBits);
    return codes.groups * (Integer.BYTES * entries + GROUP_BYTES) + Integer.BYTES * codes.blocks;
  }

  private void read(int fullWidth, int height) throws IOException {
    int width = fullWidth;
    int seen = 0;
    while (bits(1) == 1) {
      int transform = bits(2);
      if ((seen >> transform & 1) == 1) {
        throw new IOException("a transform that stands twice");
      }
      seen |= 1 << transform;
      switch (transform) {
        case 0, 1 -> {
          int blockBits = bits(3) + 2;
          picture(part(width, blockBits), part(height, blockBits));
        }
        case 3 -> {
          int colours = bits(8) + 1;
          picture(colours, 1);
          width = part(width, colours > 16 ? 0 : colours > 4 ? 1 : colours > 2 ? 2 : 3);
        }
        default -> {} // subtracts green, which needs nothing
      }
    }
    cacheBits = cacheBits();
    if (bits(1) == 1) {
      int blockBits = bits(3) + 2;
      int across = part(width, blockBits);
      int down = part(height, blockBits);
      blocks = (long) across * down;
      // of many numbers libwebp counts those that a block uses
      groups = Math.min(blocks, 1 + picture(across, down));
    }
  }

  private static int part(int size, int bits) {
    return (size + (1 << bits) - 1) >> bits;
  }

  private int cacheBits() throws IOException {
    int size = bits(1) == 0 ? 0 : bits(4);
    if (size > MAX_CACHE_BITS) {
      throw new IOException("a colour cache of 2^" + size + " colours");
    }
    return size;
  }

  /**
   * Reads a picture with one group of codes. Pixels are only counted: all their values come from
   * literals.
   *
   * @return the largest number that red and green make of a pixel
   */
  private int picture(int width, int height) throws IOException {
    int cached = 1 << cacheBits();
    Prefixes[] codes = new Prefixes[ALPHABETS.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = new Prefixes(ALPHABETS[i] + (i == 0 && cached > 1 ? cached : 0));
    }
    boolean still = Arrays.stream(codes, 0, 4).allMatch(code -> code.single >= 0);
    int largest = 0;
    for (long left = (long) width * height; left > 0; ) {
      int green = codes[0].next();
      if (green < LITERALS) {
        int red = codes[1].next();
        codes[2].next();
        codes[3].next();
        largest = Math.max(largest, red << 8 | green);
        left -= still ? left : 1; // all the others are the same and take no bits
      } else if (green < ALPHABETS[0]) {
        left -= distance(green - LITERALS);
        distance(codes[4].next());
      } else {
        left--;
      }
    }
    return largest;
  }

  /** A length or a distance. */
  private int distance(int symbol) throws EOFException {
    if (symbol < 4) {
      return symbol + 1;
    }
    int extra = symbol - 2 >> 1;
    return (2 + (symbol & 1) << extra) + bits(extra) + 1;
  }

  private int bits(int count) throws EOFException {
    int value = 0;
    for (int i = 0; i < count; i++, at++) {
      if (at >> 3 >= end) {
        throw new EOFException("the codes are cut short");
      }
      value |= (bytes[(int) (at >> 3)] >> (at & 7) & 1) << i;
    }
    return value;
  }

  /** One canonical prefix code. */
  private final class Prefixes {
    /** How many symbols have a code of each length, and the symbols in the order of their codes. */
    private final int[] counts = new int[MAX_LENGTH + 1];

    private final int[] symbols;

    /** The only symbol, which takes no bits; negative where there are several. */
    private int single = -1;

    /** Reads the code of an alphabet. */
    Prefixes(int alphabet) throws IOException {
      this(lengths(alphabet));
    }

    Prefixes(int[] lengths) throws IOException {
      symbols = new int[lengths.length];
      int used = 0;
      int open = 1;
      for (int length = 1; length <= MAX_LENGTH; length++) {
        for (int symbol = 0; symbol < lengths.length; symbol++) {
          if (lengths[symbol] == length) {
            symbols[used++] = symbol;
            counts[length]++;
          }
        }
        open = 2 * open - counts[length];
        if (open < 0) {
          break;
        }
      }
      single = used == 1 ? symbols[0] : -1;
      if (open != 0 && single < 0) {
        throw new IOException("a code that is not complete");
      }
    }

    int next() throws EOFException {
      if (single >= 0) {
        return single;
      }
      int code = 0;
      int first = 0;
      int before = 0;
      for (int length = 1; ; length++) {
        code |= bits(1);
        if (code - first < counts[length]) {
          return symbols[before + code - first];
        }
        before += counts[length];
        first = first + counts[length] << 1;
        code <<= 1;
      }
    }
  }

  private int[] lengths(int alphabet) throws IOException {
    int[] lengths = new int[alphabet];
    if (bits(1) == 1) {
      int count = bits(1) + 1;
      lengths[bits(bits(1) == 0 ? 1 : 8)] = 1;
      if (count == 2) {
        lengths[bits(8)] = 1;
      }
      return lengths;
    }
    int[] own = new int[LENGTH_ORDER.length];
    int count = bits(4) + 4;
    for (int i = 0; i < count; i++) {
      own[LENGTH_ORDER[i]] = bits(3);
    }
    Prefixes code = new Prefixes(own);
    int most = bits(1) == 0 ? alphabet : 2 + bits(2 + 2 * bits(3));
    int before = 8;
    for (int symbol = 0; symbol < alphabet && most > 0; most--) {
      int length = code.next();
      int repeat =
          switch (length) {
            case 16 -> 3 + bits(2);
            case 17 -> 3 + bits(3);
            case 18 -> 11 + bits(7);
            default -> 1;
          };
      int repeated = length == 16 ? before : length > 16 ? 0 : length;
      before = repeated == 0 ? before : repeated;
      if (symbol + repeat > alphabet) {
        throw new IOException("more codes than symbols");
      }
      Arrays.fill(lengths, symbol, symbol + repeat, repeated);
      symbol += repeat;
    }
    return lengths;
  }
}
