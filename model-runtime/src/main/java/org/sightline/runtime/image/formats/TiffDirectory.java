package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The first directory of a TIFF or BigTIFF structure: that of a TIFF file, or the block in which
 * other formats keep EXIF. Reads nothing but what it is asked for.
 */
public final class TiffDirectory {
  public static final int WIDTH = 256;
  public static final int HEIGHT = 257;
  public static final int ORIENTATION = 274;

  private static final int TIFF = 42;
  private static final int BIG_TIFF = 43;

  private final ByteBuffer bytes;
  private final boolean big;

  /** Places of entries by tag: of entries with the same tag the last one, as Pillow has it. */
  private final Map<Integer, Integer> entries = new HashMap<>();

  private final Set<Integer> repeated = new HashSet<>();

  /**
   * @param structure from its first byte to its last one
   */
  public TiffDirectory(ByteBuffer structure) throws IOException {
    this.bytes = structure.slice();
    bytes.order(u8(0) == 'M' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int version = u16(2);
    if (u8(0) != u8(1) || u8(0) != 'M' && u8(0) != 'I' || version != TIFF && version != BIG_TIFF) {
      throw new IOException("no TIFF structure");
    }
    this.big = version == BIG_TIFF;
    long directory = big ? u64(8) : u32(4);
    long count = big ? u64(directory) : u16(directory);
    long first = directory + (big ? 8 : 2);
    int size = big ? 20 : 12;
    if (count < 0 || count > (bytes.limit() - first) / size) {
      throw new EOFException("a directory of " + count + " entries lies outside of the file");
    }
    for (int i = 0; i < count; i++) {
      int entry = (int) first + i * size;
      if (entries.put(u16(entry), entry) != null) {
        repeated.add(u16(entry));
      }
    }
  }

  /** All bytes of the structure, in its byte order. */
  public ByteBuffer bytes() {
    return bytes.duplicate().order(bytes.order());
  }

  public boolean has(int tag) {
    return entries.containsKey(tag);
  }

  /**
   * The only value of a tag.
   *
   * @param other where the tag is missing
   * @throws IOException where the tag stands twice, or has several values or none
   */
  public long value(int tag, long other) throws IOException {
    if (has(tag) == false) {
      return other;
    }
    long[] values = values(tag, 1);
    if (values.length != 1) {
      throw new IOException("no value of tag " + tag);
    }
    return values[0];
  }

  /**
   * All values of a tag; none where it is missing.
   *
   * @param most how many there may be
   * @throws IOException where the tag stands twice, has no whole numbers, or has more values
   */
  public long[] values(int tag, int most) throws IOException {
    Integer entry = entries.get(tag);
    if (entry == null) {
      return new long[0];
    }
    if (repeated.contains(tag)) {
      throw new IOException("tag " + tag + " stands twice");
    }
    return numbers(entry, most);
  }

  /** The bytes of a tag; none where it is missing. */
  public ByteBuffer content(int tag) throws IOException {
    Integer entry = entries.get(tag);
    if (entry == null) {
      return ByteBuffer.allocate(0);
    }
    long length = count(entry);
    int from = place(entry, length, 1);
    return bytes.slice(from, (int) length);
  }

  /** The orientation as Pillow reads it: 0 where there is none, otherwise any number. */
  public long orientation() {
    Integer entry = entries.get(ORIENTATION);
    if (entry == null) {
      return 0;
    }
    try {
      // a type without numbers, or several of them, asks for nothing
      return u16(entry + 2L) == 1 ? -1 : numbers(entry, 1)[0];
    } catch (IOException e) {
      return -1;
    }
  }

  private long[] numbers(int entry, int most) throws IOException {
    int size =
        switch (u16(entry + 2L)) {
          case 1, 7 -> 1;
          case 3 -> 2;
          case 4, 13 -> 4;
          case 16, 18 -> 8;
          default -> throw new IOException("tag " + u16(entry) + " has no whole numbers");
        };
    long count = count(entry);
    if (count < 1 || count > most) {
      throw new IOException(
          "tag " + u16(entry) + " has " + count + " values, allowed are 1 to " + most);
    }
    int from = place(entry, count, size);
    long[] values = new long[(int) count];
    for (int i = 0; i < values.length; i++) {
      int at = from + i * size;
      values[i] =
          switch (size) {
            case 1 -> u8(at);
            case 2 -> u16(at);
            case 4 -> u32(at);
            default -> u64(at);
          };
    }
    return values;
  }

  private long count(int entry) throws IOException {
    return big ? u64(entry + 4L) : u32(entry + 4L);
  }

  /** Where values lie: in the entry itself where they fit. */
  private int place(int entry, long count, int size) throws IOException {
    long inEntry = entry + (big ? 12L : 8L);
    boolean fits = count >= 0 && count <= (big ? 8 : 4) / size;
    long from = fits ? inEntry : big ? u64(inEntry) : u32(inEntry);
    if (from < 0
        || count < 0
        || count > bytes.limit() / size
        || from > bytes.limit() - count * size) {
      throw new EOFException("the values of tag " + u16(entry) + " lie outside of the file");
    }
    return (int) from;
  }

  private int u8(long at) throws IOException {
    return bytes.get(at(at, 1)) & 0xFF;
  }

  private int u16(long at) throws IOException {
    return bytes.getShort(at(at, 2)) & 0xFFFF;
  }

  private long u32(long at) throws IOException {
    return bytes.getInt(at(at, 4)) & 0xFFFFFFFFL;
  }

  /** Negative beyond 2^63, which no file is. */
  private long u64(long at) throws IOException {
    return bytes.getLong(at(at, 8));
  }

  private int at(long at, int size) throws EOFException {
    if (at < 0 || at > bytes.limit() - size) {
      throw new EOFException("the file is cut short");
    }
    return (int) at;
  }
}
