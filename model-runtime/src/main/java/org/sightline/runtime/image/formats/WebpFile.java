package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The container of a WebP picture (RFC 9649, section 2): its canvas, and the first picture on it.
 * An animation is read as its first frame.
 */
final class WebpFile {
  private static final int RIFF = 0x46464952;
  private static final int WEBP = 0x50424557;
  private static final int LOSSY = 0x20385056;
  private static final int LOSSLESS = 0x4C385056;
  private static final int EXTENDED = 0x58385056;
  private static final int ALPHA = 0x48504C41;
  private static final int FRAME = 0x464D4E41;
  private static final int EXIF = 0x46495845;
  private static final int XMP = 0x20504D58;

  /** Place, size, duration and flags of a frame, which precede the frame's own chunks. */
  private static final int FRAME_HEADER = 16;

  private static final int EXTENDED_HEADER = 10;
  private static final int EXTENDED_ALPHA = 0x10;
  private static final int EXIF_FLAG = 0x08;
  private static final int XMP_FLAG = 0x04;
  private static final int LOSSY_HEADER = 10;
  private static final int LOSSLESS_HEADER = 5;

  /** A chunk's content as a range of the file, in bytes. */
  private record Chunk(int name, int from, int length) {}

  private final byte[] bytes;
  private int width;
  private int height;
  private int left;
  private int top;
  private Chunk alpha;
  private Chunk image;
  private Chunk exif;
  private Chunk xmp;
  private int flags;
  private boolean transparent;
  private int imageWidth;
  private int imageHeight;

  /**
   * Reads the container; decodes nothing.
   *
   * @param bytes the file, not changed
   */
  WebpFile(byte[] bytes) throws IOException {
    this.bytes = bytes;
    long end = 8 + u32(4);
    if (end > bytes.length) {
      throw new EOFException("the file is cut short");
    }
    chunks(12, (int) end, false);
    if (image == null) {
      throw new IOException("a file without a picture");
    }
    if (width == 0) {
      width = imageWidth;
      height = imageHeight;
    }
    if (left + (long) imageWidth > width || top + (long) imageHeight > height) {
      throw new IOException("a picture that is larger than its canvas");
    }
  }

  /** Width of the canvas, in pixels. */
  int width() {
    return width;
  }

  /** Height of the canvas, in pixels. */
  int height() {
    return height;
  }

  /** Column of the picture's first pixel on the canvas. */
  int left() {
    return left;
  }

  /** Row of the picture's first pixel on the canvas. */
  int top() {
    return top;
  }

  int imageWidth() {
    return imageWidth;
  }

  int imageHeight() {
    return imageHeight;
  }

  boolean lossless() {
    return image.name == LOSSLESS;
  }

  /** Native memory of libwebp's tables for the codes of lossless data. */
  long tableBytes() throws IOException {
    if (lossless()) {
      int data = image.from + LOSSLESS_HEADER;
      return LosslessCodes.tableBytes(
          bytes, data, image.length - LOSSLESS_HEADER, imageWidth, imageHeight);
    }
    boolean packed = alpha != null && alpha.length > 1 && (bytes[alpha.from] & 3) == 1;
    return packed
        ? LosslessCodes.tableBytes(bytes, alpha.from + 1, alpha.length - 1, imageWidth, imageHeight)
        : 0;
  }

  /** Whether the picture declares that it has an alpha channel. */
  boolean transparent() {
    return transparent;
  }

  /**
   * The orientation of EXIF or XMP, 1 to 8; as in libwebp, what no flag announces does not count.
   */
  int orientation() {
    return Orientations.of(announced(exif, EXIF_FLAG), announced(xmp, XMP_FLAG));
  }

  private ByteBuffer announced(Chunk chunk, int flag) {
    boolean counts = chunk != null && (flags & flag) != 0;
    return counts
        ? ByteBuffer.wrap(bytes, chunk.from, chunk.length).slice()
        : ByteBuffer.allocate(0);
  }

  /**
   * The picture as a file of its own, which holds nothing that was not understood here. What
   * libwebp decodes is what was checked.
   */
  byte[] still() {
    int extended = alpha == null ? 0 : size(EXTENDED_HEADER) + size(alpha.length);
    ByteBuffer file = little(12 + extended + size(image.length));
    file.putInt(RIFF).putInt(file.capacity() - 8).putInt(WEBP);
    if (alpha != null) {
      file.putInt(EXTENDED).putInt(EXTENDED_HEADER).putInt(EXTENDED_ALPHA);
      u24(file, imageWidth - 1);
      u24(file, imageHeight - 1);
      copy(alpha, file);
    }
    copy(image, file);
    return file.array();
  }

  /** Bytes of a chunk with its name, its length and the byte that makes its content even. */
  private static int size(int length) {
    return 8 + length + (length & 1);
  }

  private void copy(Chunk chunk, ByteBuffer to) {
    int next = to.position() + size(chunk.length);
    to.putInt(chunk.name).putInt(chunk.length).put(bytes, chunk.from, chunk.length);
    to.position(next);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void u24(ByteBuffer to, int value) {
    to.putShort((short) value).put((byte) (value >> 16));
  }

  /** Notes the first picture of a range, and EXIF, which may follow it. */
  private void chunks(int from, int end, boolean withinFrame) throws IOException {
    for (int at = from; at + 8 <= end; ) {
      int data = at + 8;
      long length = u32(at + 4);
      if (data + length > end) {
        throw new EOFException("a chunk lies outside of the file: it is cut short");
      }
      note(new Chunk((int) u32(at), data, (int) length), withinFrame);
      at = (int) Math.min(end, data + length + (length & 1));
    }
  }

  private void note(Chunk chunk, boolean withinFrame) throws IOException {
    if (chunk.name == EXTENDED && withinFrame == false && width == 0) {
      checkLength(chunk, EXTENDED_HEADER);
      flags = bytes[chunk.from];
      width = 1 + u24(chunk.from + 4);
      height = 1 + u24(chunk.from + 7);
    } else if (chunk.name == EXIF && exif == null) {
      exif = chunk;
    } else if (chunk.name == XMP && xmp == null) {
      xmp = chunk;
    } else if (image != null) {
      return;
    } else if (chunk.name == FRAME && withinFrame == false) {
      checkLength(chunk, FRAME_HEADER);
      left = 2 * u24(chunk.from);
      top = 2 * u24(chunk.from + 3);
      chunks(chunk.from + FRAME_HEADER, chunk.from + chunk.length, true);
    } else if (chunk.name == ALPHA) {
      alpha = chunk;
    } else if (chunk.name == LOSSY) {
      lossy(chunk);
    } else if (chunk.name == LOSSLESS) {
      lossless(chunk);
    }
  }

  /** The frame header of a key frame (RFC 6386, section 9.1). */
  private void lossy(Chunk chunk) throws IOException {
    checkLength(chunk, LOSSY_HEADER);
    boolean keyFrame = (bytes[chunk.from] & 1) == 0;
    if (keyFrame == false || u24(chunk.from + 3) != 0x2A019D) {
      throw new IOException("lossy data that does not begin with a key frame");
    }
    image = chunk;
    transparent = alpha != null;
    imageWidth = u16(chunk.from + 6) & 0x3FFF;
    imageHeight = u16(chunk.from + 8) & 0x3FFF;
  }

  private void lossless(Chunk chunk) throws IOException {
    checkLength(chunk, LOSSLESS_HEADER);
    long header = u32(chunk.from + 1);
    if (bytes[chunk.from] != 0x2F || header >> 29 != 0) {
      throw new IOException("lossless data with an unknown signature or version");
    }
    image = chunk;
    alpha = null; // a lossless picture has its own
    transparent = (header >> 28 & 1) == 1;
    imageWidth = 1 + (int) (header & 0x3FFF);
    imageHeight = 1 + (int) (header >> 14 & 0x3FFF);
  }

  private static void checkLength(Chunk chunk, int least) throws IOException {
    if (chunk.length < least) {
      throw new EOFException("a chunk of " + chunk.length + " bytes, expected at least " + least);
    }
  }

  private int u16(int at) {
    return bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8;
  }

  private int u24(int at) {
    return u16(at) | (bytes[at + 2] & 0xFF) << 16;
  }

  private long u32(int at) {
    return u24(at) | (bytes[at + 3] & 0xFFL) << 24;
  }
}
