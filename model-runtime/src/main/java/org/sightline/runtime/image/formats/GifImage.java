package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.pixels.PixelRows;

/**
 * The first frame of a GIF on its canvas (GIF89a). The reader of the JDK is not used: it keeps
 * every comment, in time that grows with the square of their number, and misplaces rows of
 * interlaced pictures of a few rows.
 */
public final class GifImage implements OpenImage {
  private static final int EXTENSION = 0x21;
  private static final int GRAPHIC_CONTROL = 0xF9;
  private static final int IMAGE = 0x2C;
  private static final int TRAILER = 0x3B;
  private static final int HEADER = 13;
  private static final int DESCRIPTOR = 9;

  /** First row and distance of rows of the four passes of an interlaced frame. */
  private static final int[][] PASSES = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

  private final byte[] bytes;
  private int width;
  private int height;
  private int left;
  private int top;
  private int frameWidth;
  private int frameHeight;
  private boolean interlaced;
  private int transparent = -1;
  private int[] palette; // 0xAARRGGBB, 256 entries
  private int data; // place of the code size

  private GifImage(byte[] bytes) throws IOException {
    this.bytes = bytes;
    if (bytes.length < HEADER) {
      throw new EOFException("the file is cut short");
    }
    width = u16(6);
    height = u16(8);
    int flags = u8(10);
    int at = HEADER;
    if ((flags & 0x80) != 0) {
      palette = palette(at, 2 << (flags & 7));
      at += 3 * (2 << (flags & 7));
    }
    at = toFirstFrame(at);
    left = u16(at);
    top = u16(at + 2);
    frameWidth = u16(at + 4);
    frameHeight = u16(at + 6);
    flags = u8(at + 8);
    interlaced = (flags & 0x40) != 0;
    data = at + DESCRIPTOR;
    if ((flags & 0x80) != 0) {
      palette = palette(data, 2 << (flags & 7));
      data += 3 * (2 << (flags & 7));
    }
    if (palette == null) {
      palette = greys();
    }
    if (transparent >= 0) {
      palette[transparent] &= 0xFFFFFF;
    }
    // Pillow gives a frame the room that it asks for
    width = Math.max(width, left + frameWidth);
    height = Math.max(height, top + frameHeight);
    if (frameWidth == 0 || frameHeight == 0) {
      throw new IOException("a frame of " + frameWidth + " x " + frameHeight + " pixels");
    }
  }

  public static OpenImage open(byte[] encoded) throws IOException {
    return new GifImage(encoded);
  }

  @Override
  public ImageHeader header() {
    return new ImageHeader(ImageFormat.GIF, width, height, (long) frameWidth * frameHeight);
  }

  @Override
  public int orientation() {
    return Orientations.UPRIGHT;
  }

  @Override
  public PixelRows decode(Transparency transparency) throws IOException {
    byte[] indices = new byte[frameWidth * frameHeight];
    Lzw.gif(ByteBuffer.wrap(bytes).position(data), indices);
    return new Rows(indices, transparency == Transparency.WHITE);
  }

  @Override
  public void close() {}

  /**
   * The place behind the introducer of the first frame. Extensions are passed over block by block;
   * bytes that begin nothing are skipped, as Pillow does.
   */
  private int toFirstFrame(int from) throws IOException {
    int at = from;
    while (at < bytes.length && u8(at) != TRAILER) {
      int introducer = u8(at++);
      if (introducer == IMAGE && at + DESCRIPTOR < bytes.length) {
        return at;
      }
      if (introducer == EXTENSION && at < bytes.length) {
        if (u8(at) == GRAPHIC_CONTROL && at + 6 <= bytes.length) {
          transparent = (u8(at + 2) & 1) == 0 ? -1 : u8(at + 5);
        }
        at++;
        while (at < bytes.length && u8(at) != 0) {
          at += 1 + u8(at);
        }
        at++;
      }
    }
    throw new EOFException("no frame");
  }

  /** An index beyond the palette is black, as in Pillow. */
  private int[] palette(int at, int size) throws IOException {
    if (at + 3 * size > bytes.length) {
      throw new EOFException("the palette is cut short");
    }
    int[] colours = new int[256];
    Arrays.fill(colours, 0xFF000000);
    for (int i = 0; i < size; i++) {
      int from = at + 3 * i;
      colours[i] = 0xFF000000 | u8(from) << 16 | u8(from + 1) << 8 | u8(from + 2);
    }
    return colours;
  }

  private static int[] greys() {
    int[] colours = new int[256];
    Arrays.setAll(colours, i -> 0xFF000000 | i * 0x010101);
    return colours;
  }

  /** The row of the frame, in the order of the file, that is shown in a row of the picture. */
  private int storedRow(int row) {
    if (interlaced == false) {
      return row;
    }
    int before = 0;
    for (int[] pass : PASSES) {
      if (row >= pass[0] && (row - pass[0]) % pass[1] == 0) {
        return before + (row - pass[0]) / pass[1];
      }
      before += Math.max(0, (frameHeight - pass[0] + pass[1] - 1) / pass[1]);
    }
    throw new IllegalStateException("row [" + row + "] is in no pass");
  }

  private int u8(int at) {
    return bytes[at] & 0xFF;
  }

  private int u16(int at) {
    return u8(at) | u8(at + 1) << 8;
  }

  /** The canvas; what the frame leaves free has the transparent colour, or the first one. */
  private final class Rows implements PixelRows {
    private final byte[] indices;
    private final boolean onWhite;

    Rows(byte[] indices, boolean onWhite) {
      this.indices = indices;
      this.onWhite = onWhite;
    }

    @Override
    public int width() {
      return width;
    }

    @Override
    public int height() {
      return height;
    }

    @Override
    public void row(int y, byte[] rgb) {
      int frameRow = y - top;
      boolean covered = frameRow >= 0 && frameRow < frameHeight;
      int from = covered ? storedRow(frameRow) * frameWidth : 0;
      int free = palette[Math.max(0, transparent)];
      for (int x = 0; x < width; x++) {
        boolean inFrame = covered && x >= left && x < left + frameWidth;
        int argb = inFrame ? palette[indices[from + x - left] & 0xFF] : free;
        RasterRows.put(rgb, x, argb, onWhite);
      }
    }
  }
}
