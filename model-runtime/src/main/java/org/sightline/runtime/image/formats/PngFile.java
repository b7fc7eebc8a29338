package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The chunks of a PNG (ISO/IEC 15948): those that make the picture, and its orientation. */
final class PngFile {
  private static final int SIGNATURE = 8;
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504C5445;
  private static final int TRNS = 0x74524E53;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;
  private static final int EXIF = 0x65584966;
  private static final int TEXT = 0x74455874;
  private static final int ZTXT = 0x7A545874;
  private static final int ITXT = 0x69545874;

  private static final byte[] XMP = "XML:com.adobe.xmp\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] RAW_EXIF =
      "Raw profile type exif\0".getBytes(StandardCharsets.ISO_8859_1);

  private static final byte[] NOTHING = new byte[0];

  /** Longest text that is read for an orientation, in bytes: Pillow's own bound. */
  private static final int MAX_TEXT = 1 << 20;

  private final byte[] bytes;
  private final ByteBuffer numbers;
  private int dataLength;
  private int header = -1;
  private int palette = -1;
  private int transparency = -1;
  private int exif = -1;
  private int xmp = -1;
  private int rawExif = -1;

  /**
   * Reads the chunks; decodes nothing.
   *
   * @param bytes the file, not changed
   */
  PngFile(byte[] bytes) throws IOException {
    this.bytes = bytes;
    this.numbers = ByteBuffer.wrap(bytes);
    for (int at = SIGNATURE; isChunk(at); at = next(at)) {
      if (length(at) < 0 || at + 12L + length(at) > bytes.length) {
        throw new EOFException("a chunk lies outside of the file: it is cut short");
      }
      note(at);
    }
    if (header < 0 || length(header) != 13 || header != SIGNATURE || dataLength == 0) {
      throw new EOFException("no header or no picture");
    }
  }

  private boolean isChunk(int at) {
    return at + 12 <= bytes.length;
  }

  private int next(int chunk) {
    return chunk + 12 + length(chunk);
  }

  private void note(int at) {
    switch (type(at)) {
      case IHDR -> header = header < 0 ? at : header;
      case PLTE -> palette = palette < 0 ? at : palette;
      case TRNS -> transparency = at;
      case IDAT -> dataLength += length(at);
      case EXIF -> exif = at;
      case TEXT, ZTXT, ITXT -> {
        xmp = type(at) == ITXT && begins(at + 8, XMP) ? at : xmp;
        rawExif = begins(at + 8, RAW_EXIF) ? at : rawExif;
      }
      default -> {}
    }
  }

  /** Bits a sample. */
  int depth() {
    return bytes[header + 16] & 0xFF;
  }

  /** The picture as a file of its own, with one chunk of data and nothing that was not checked. */
  byte[] picture() {
    byte[] entries = palette < 0 ? NOTHING : content(palette);
    // an index beyond the palette is black, as in Pillow
    int colours = depth() <= 8 ? 1 << depth() : 0;
    byte[] colourMap = Arrays.copyOf(entries, Math.max(entries.length, 3 * colours));
    byte[] clear = transparency < 0 ? NOTHING : content(transparency);
    int most = SIGNATURE + 5 * 12 + length(header) + colourMap.length + clear.length + dataLength;
    ByteBuffer file = ByteBuffer.allocate(most).put(bytes, 0, SIGNATURE);
    chunk(file, IHDR, content(header));
    if (palette >= 0) {
      chunk(file, PLTE, colourMap);
    }
    if (transparency >= 0) {
      chunk(file, TRNS, clear);
    }
    file.putInt(dataLength).putInt(IDAT);
    for (int at = SIGNATURE; isChunk(at); at = next(at)) {
      if (type(at) == IDAT) {
        file.put(bytes, at + 8, length(at));
      }
    }
    endChunk(file, dataLength);
    chunk(file, IEND, NOTHING);
    return file.array();
  }

  private static void chunk(ByteBuffer file, int type, byte[] content) {
    file.putInt(content.length).putInt(type).put(content);
    endChunk(file, content.length);
  }

  /** Writes the checksum behind a chunk whose content has so many bytes. */
  private static void endChunk(ByteBuffer file, int length) {
    CRC32 crc = new CRC32();
    crc.update(file.array(), file.position() - length - 4, length + 4);
    file.putInt((int) crc.getValue());
  }

  /** The orientation that EXIF or else XMP asks for, 1 to 8; 1 where nothing asks. */
  int orientation() {
    byte[] block = exif >= 0 ? content(exif) : rawExif();
    byte[] packet = xmp < 0 ? new byte[0] : text(xmp);
    return Orientations.of(ByteBuffer.wrap(block), ByteBuffer.wrap(packet));
  }

  /** ImageMagick's form: a line feed, a name, a length, then the block in hexadecimal digits. */
  private byte[] rawExif() {
    if (rawExif < 0) {
      return NOTHING;
    }
    byte[] text = text(rawExif);
    int at = 0;
    for (int lines = 0; lines < 3 && at < text.length; at++) {
      lines += text[at] == '\n' ? 1 : 0;
    }
    byte[] block = new byte[(text.length - at) / 2];
    int digits = 0;
    for (; at < text.length; at++) {
      int digit = Character.digit(text[at], 16);
      if (digit >= 0) {
        block[digits / 2] = (byte) (block[digits / 2] << 4 | digit);
        digits++;
      }
    }
    return Arrays.copyOf(block, digits / 2);
  }

  /** The text of a chunk behind its keyword, at most {@link #MAX_TEXT} bytes. */
  private byte[] text(int chunk) {
    int end = chunk + 8 + length(chunk);
    int at = after(chunk + 8, end);
    boolean compressed = type(chunk) == ZTXT;
    if (type(chunk) == ITXT && at + 2 <= end) {
      compressed = bytes[at] == 1;
      at = after(after(at + 2, end), end); // language, translated keyword
    } else if (compressed) {
      at++; // the method
    }
    if (at >= end) {
      return new byte[0];
    }
    return compressed
        ? inflated(at, end)
        : Arrays.copyOfRange(bytes, at, Math.min(end, at + MAX_TEXT));
  }

  private byte[] inflated(int from, int end) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(bytes, from, end - from);
      byte[] text = new byte[MAX_TEXT];
      int length = 0;
      for (int more = 1; more > 0 && length < text.length; length += more) {
        more = inflater.inflate(text, length, text.length - length);
      }
      return Arrays.copyOf(text, length);
    } catch (DataFormatException e) {
      return new byte[0];
    } finally {
      inflater.end();
    }
  }

  /** The place behind the next zero byte. */
  private int after(int from, int end) {
    int at = from;
    while (at < end && bytes[at] != 0) {
      at++;
    }
    return at + 1;
  }

  private boolean begins(int at, byte[] keyword) {
    return at + keyword.length <= bytes.length
        && Arrays.equals(bytes, at, at + keyword.length, keyword, 0, keyword.length);
  }

  private byte[] content(int chunk) {
    return Arrays.copyOfRange(bytes, chunk + 8, chunk + 8 + length(chunk));
  }

  private int type(int chunk) {
    return numbers.getInt(chunk + 4);
  }

  private int length(int chunk) {
    return numbers.getInt(chunk);
  }
}
