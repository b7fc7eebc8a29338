package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** LZW with codes whose width grows up to 12 bits, as GIF and TIFF have it. */
public final class Lzw {
  private static final int MAX_BITS = 12;
  private static final int CODES = 1 << MAX_BITS;

  private final short[] prefixes = new short[CODES];
  private final byte[] suffixes = new byte[CODES];
  private final int[] lengths = new int[CODES];

  private final Codes codes;
  private final int literalBits;
  private final int early;

  private Lzw(Codes codes, int literalBits, int early) {
    this.codes = codes;
    this.literalBits = literalBits;
    this.early = early;
    for (int i = 0; i < 1 << literalBits; i++) {
      suffixes[i] = (byte) i;
      lengths[i] = 1;
    }
  }

  /** Reads codes of a width in bits. */
  private interface Codes {
    int next(int bits) throws EOFException;
  }

  /**
   * Unpacks the first bytes of a TIFF segment (TIFF 6.0, section 13): the highest bit of a code
   * comes first, and the width grows one code earlier than it would have to.
   */
  public static void tiff(ByteBuffer packed, byte[] to, int size) throws IOException {
    Bits bits = new Bits();
    Codes codes =
        width -> {
          while (bits.count < width) {
            bits.value = bits.value << 8 | u8(packed);
            bits.count += 8;
          }
          bits.count -= width;
          return bits.value >>> bits.count & (1 << width) - 1;
        };
    new Lzw(codes, 8, 1).unpack(to, size);
  }

  /**
   * Unpacks a GIF's frame (GIF89a, appendix F): the lowest bit of a code comes first, in blocks of
   * at most 255 bytes.
   *
   * @param packed at the code size
   */
  static void gif(ByteBuffer packed, byte[] to) throws IOException {
    int literalBits = u8(packed);
    if (literalBits < 1 || literalBits > 8) {
      throw new IOException("a code size of " + literalBits + " bits");
    }
    Bits bits = new Bits();
    Codes codes =
        width -> {
          while (bits.count < width) {
            if (bits.block == 0) {
              bits.block = u8(packed);
            }
            // a block of no bytes ends the frame
            bits.value |= (bits.block == 0 ? cutShort() : u8(packed)) << bits.count;
            bits.count += 8;
            bits.block--;
          }
          int code = bits.value & (1 << width) - 1;
          bits.value >>>= width;
          bits.count -= width;
          return code;
        };
    new Lzw(codes, literalBits, 0).unpack(to, to.length);
  }

  /** Bits that have been read and not used, and bytes that are left of a block. */
  private static final class Bits {
    private int value;
    private int count;
    private int block;
  }

  private static int u8(ByteBuffer packed) throws EOFException {
    return packed.hasRemaining() ? packed.get() & 0xFF : cutShort();
  }

  private static int cutShort() throws EOFException {
    throw new EOFException("the codes are cut short");
  }

  private void unpack(byte[] to, int size) throws IOException {
    int clear = 1 << literalBits;
    int width = literalBits + 1;
    int next = clear + 2;
    int previous = -1;
    for (int at = 0; at < size; ) {
      int code = codes.next(width);
      if (code == clear) {
        width = literalBits + 1;
        next = clear + 2;
        previous = -1;
        continue;
      }
      boolean known = code < next && code != clear + 1;
      if (code == clear + 1) {
        throw new EOFException("codes of " + at + " of " + size + " bytes: it is cut short");
      }
      if (previous < 0 ? code > clear : known == false && (code != next || next == CODES)) {
        throw new IOException("an unknown code");
      }
      if (previous >= 0 && next < CODES) {
        prefixes[next] = (short) previous;
        lengths[next] = lengths[previous] + 1;
        suffixes[next] = first(known ? code : previous);
        next++;
        width = next + early >= 1 << width && width < MAX_BITS ? width + 1 : width;
      }
      at = write(code, to, at, size);
      previous = code;
    }
  }

  private byte first(int code) {
    int first = code;
    while (lengths[first] > 1) {
      first = prefixes[first];
    }
    return suffixes[first];
  }

  /** Writes what a code stands for, from its end; what goes beyond the size is left out. */
  private int write(int code, byte[] to, int from, int size) {
    int end = from + lengths[code];
    int rest = code;
    for (int i = end - 1; i >= from; i--) {
      if (i < size) {
        to[i] = suffixes[rest];
      }
      rest = prefixes[rest];
    }
    return Math.min(end, size);
  }
}
