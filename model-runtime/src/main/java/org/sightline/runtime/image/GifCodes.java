package org.sightline.runtime.image;

import java.io.EOFException;
import java.io.IOException;

/** The codes of a GIF's frame: LZW with a variable width, in blocks of at most 255 bytes. */
final class GifCodes {
  private static final int MAX_BITS = 12;
  private static final int CODES = 1 << MAX_BITS;

  private final byte[] bytes;
  private int at;
  private int blockEnd;
  private int buffer;
  private int buffered; // bits

  private final short[] prefixes = new short[CODES];
  private final byte[] suffixes = new byte[CODES];
  private final int[] lengths = new int[CODES];

  private GifCodes(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
    this.blockEnd = at;
  }

  /**
   * Decodes a frame.
   *
   * @param from place of the code size
   * @param indices receives the indices in the order of the file
   * @throws EOFException when there are fewer codes than indices
   */
  static void decode(byte[] bytes, int from, byte[] indices) throws IOException {
    int bits = bytes[from] & 0xFF;
    if (bits < 1 || bits >= MAX_BITS) {
      throw new IOException("a code size of " + bits + " bits");
    }
    new GifCodes(bytes, from + 1).decode(bits, indices);
  }

  private void decode(int bits, byte[] indices) throws IOException {
    int clear = 1 << bits;
    for (int i = 0; i < clear; i++) {
      suffixes[i] = (byte) i;
      lengths[i] = 1;
    }
    int size = bits + 1;
    int next = clear + 2;
    int previous = -1;
    for (int written = 0; written < indices.length; ) {
      int code = code(size);
      if (code == clear) {
        size = bits + 1;
        next = clear + 2;
        previous = -1;
        continue;
      }
      if (code == clear + 1) {
        throw new EOFException("the picture ends after " + written + " of " + indices.length);
      }
      boolean known = code < next;
      if (previous < 0 ? code >= clear : code > next || known == false && next == CODES) {
        throw new IOException("an unknown code");
      }
      if (previous >= 0 && next < CODES) {
        prefixes[next] = (short) previous;
        lengths[next] = lengths[previous] + 1;
        suffixes[next] = first(known ? code : previous);
        next++;
        if (next == 1 << size && size < MAX_BITS) {
          size++;
        }
      }
      written = write(code, indices, written);
      previous = code;
    }
  }

  private byte first(int code) {
    int first = code;
    while (lengths[first] > 1) {
      first = prefixes[first] & 0xFFFF;
    }
    return suffixes[first];
  }

  /** Writes what a code stands for, from its end; what goes beyond the picture is left out. */
  private int write(int code, byte[] indices, int from) {
    int end = from + lengths[code];
    int rest = code;
    for (int i = end - 1; i >= from; i--) {
      if (i < indices.length) {
        indices[i] = suffixes[rest];
      }
      rest = prefixes[rest] & 0xFFFF;
    }
    return Math.min(end, indices.length);
  }

  private int code(int size) throws EOFException {
    while (buffered < size) {
      if (at == blockEnd) {
        int length = at < bytes.length ? bytes[at++] & 0xFF : 0;
        if (length == 0) {
          throw new EOFException("the picture is cut short");
        }
        blockEnd = at + length;
      }
      if (at >= bytes.length) {
        throw new EOFException("the picture is cut short");
      }
      buffer |= (bytes[at++] & 0xFF) << buffered;
      buffered += 8;
    }
    int code = buffer & (1 << size) - 1;
    buffer >>>= size;
    buffered -= size;
    return code;
  }
}
