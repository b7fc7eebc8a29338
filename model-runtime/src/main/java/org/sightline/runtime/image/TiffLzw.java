package org.sightline.runtime.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The LZW of TIFF (TIFF 6.0, section 13): codes of 9 to 12 bits, the highest bit first. */
final class TiffLzw {
  private static final int CLEAR = 256;
  private static final int END = 257;
  private static final int CODES = 4096;

  private final ByteBuffer packed;
  private int buffer;
  private int buffered; // bits

  private final short[] prefixes = new short[CODES];
  private final byte[] suffixes = new byte[CODES];
  private final int[] lengths = new int[CODES];

  TiffLzw(ByteBuffer packed) {
    this.packed = packed;
    for (int i = 0; i < CLEAR; i++) {
      suffixes[i] = (byte) i;
      lengths[i] = 1;
    }
  }

  /** Unpacks so many bytes; what follows them is not read. */
  void unpack(byte[] to, int size) throws IOException {
    int next = END + 1;
    int previous = -1;
    for (int at = 0; at < size; ) {
      // the width grows one code earlier than it would have to
      int code = code(next + 1 < 512 ? 9 : next + 1 < 1024 ? 10 : next + 1 < 2048 ? 11 : 12);
      if (code == END) {
        throw new EOFException("a segment of " + at + " of " + size + " bytes: it is cut short");
      }
      if (code == CLEAR) {
        next = END + 1;
        previous = -1;
        continue;
      }
      boolean known = code < next;
      if (previous < 0 ? code > CLEAR : code > next || known == false && next == CODES) {
        throw new IOException("an unknown LZW code");
      }
      if (previous >= 0 && next < CODES) {
        prefixes[next] = (short) previous;
        lengths[next] = lengths[previous] + 1;
        suffixes[next] = first(known ? code : previous);
        next++;
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

  private int code(int bits) throws EOFException {
    while (buffered < bits) {
      if (packed.hasRemaining() == false) {
        throw new EOFException("the LZW codes are cut short");
      }
      buffer = buffer << 8 | packed.get() & 0xFF;
      buffered += 8;
    }
    buffered -= bits;
    int code = buffer >>> buffered;
    buffer &= (1 << buffered) - 1;
    return code;
  }
}
