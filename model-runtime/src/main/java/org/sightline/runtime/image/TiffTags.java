package org.sightline.runtime.image;

import java.io.EOFException;
import java.io.IOException;

/**
 * Reads single values out of the first directory of a TIFF structure: that of a TIFF file, or the
 * block in which other formats keep EXIF. Touches nothing but what it is asked for.
 */
final class TiffTags {
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS_PER_SAMPLE = 258;
  static final int COMPRESSION = 259;
  static final int STRIP_OFFSETS = 273;
  static final int ORIENTATION = 274;
  static final int SAMPLES_PER_PIXEL = 277;
  static final int ROWS_PER_STRIP = 278;
  static final int STRIP_LENGTHS = 279;
  static final int COLOUR_MAP = 320;
  static final int TILE_WIDTH = 322;
  static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_LENGTHS = 325;
  static final int ICC_PROFILE = 34675;

  private static final int ENTRY = 12;

  private final byte[] bytes;
  private final int base;
  private final int length;
  private final boolean bigEndian;

  /** Place of the first entry, counted from the base, and how many follow. */
  private final int entries;

  private final int count;

  /**
   * @param base where the structure begins; places in it count from there
   * @param length of the structure, in bytes
   */
  TiffTags(byte[] bytes, int base, int length) throws IOException {
    this.bytes = bytes;
    this.base = base;
    this.length = length;
    this.bigEndian = at(0) == 'M';
    long directory = u32(4);
    this.count = u16(directory);
    this.entries = (int) directory + 2;
  }

  boolean has(int tag) throws IOException {
    return entry(tag) >= 0;
  }

  /**
   * The first value of a tag.
   *
   * @param other where the tag is missing
   */
  long value(int tag, long other) throws IOException {
    int entry = entry(tag);
    if (entry < 0 || u32(entry + 4) == 0) {
      return other;
    }
    return number(place(entry), size(entry));
  }

  /** All values of a tag; none where it is missing. */
  long[] values(int tag) throws IOException {
    int entry = entry(tag);
    if (entry < 0) {
      return new long[0];
    }
    int size = size(entry);
    long place = place(entry);
    // place() has made sure that so many lie within the structure
    long[] values = new long[(int) u32(entry + 4)];
    for (int i = 0; i < values.length; i++) {
      values[i] = number(place + (long) i * size, size);
    }
    return values;
  }

  /** Renames a tag in a copy of the structure, so that readers do not see it. */
  void hide(int tag, byte[] copy) throws IOException {
    int entry = entry(tag);
    if (entry >= 0) {
      copy[base + entry + (bigEndian ? 0 : 1)] = (byte) 0xFF;
    }
  }

  private int entry(int tag) throws IOException {
    for (int i = 0; i < count; i++) {
      if (u16(entries + (long) i * ENTRY) == tag) {
        return entries + i * ENTRY;
      }
    }
    return -1;
  }

  private int size(int entry) throws IOException {
    int type = u16(entry + 2L);
    return switch (type) {
      case 1, 7 -> 1;
      case 3 -> 2;
      case 4 -> 4;
      default -> throw new IOException("tag " + u16(entry) + " has type " + type);
    };
  }

  private long place(int entry) throws IOException {
    long bytes = u32(entry + 4L) * size(entry);
    long place = bytes <= 4 ? entry + 8L : u32(entry + 8L);
    if (place + bytes > length) {
      throw new EOFException("the values of tag " + u16(entry) + " lie outside of the file");
    }
    return place;
  }

  private long number(long place, int size) throws IOException {
    return switch (size) {
      case 1 -> at(place);
      case 2 -> u16(place);
      default -> u32(place);
    };
  }

  private long u32(long place) throws IOException {
    return bigEndian
        ? (long) u16(place) << 16 | u16(place + 2)
        : (long) u16(place + 2) << 16 | u16(place);
  }

  private int u16(long place) throws IOException {
    return bigEndian ? at(place) << 8 | at(place + 1) : at(place + 1) << 8 | at(place);
  }

  private int at(long place) throws IOException {
    if (place < 0 || place >= length) {
      throw new EOFException("a directory entry lies outside of the file");
    }
    return bytes[base + (int) place] & 0xFF;
  }
}
