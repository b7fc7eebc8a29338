package org.sightline.runtime.image.webp;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/**
 * The container of a WebP picture (RFC 9649, section 2): where its parts lie, and how large it is.
 * Of an animation, the first frame on its canvas.
 */
public final class WebpFile {
  private static final int LOSSY = 0x20385056;
  private static final int LOSSLESS = 0x4C385056;
  private static final int EXTENDED = 0x58385056;
  private static final int ALPHA = 0x48504C41;
  private static final int FRAME = 0x464D4E41;
  private static final int EXIF = 0x46495845;

  /** Of a frame of an animation before its own chunks: place, size, duration, flags. */
  private static final int FRAME_HEADER = 16;

  private static final int LOSSLESS_HEADER = 5;
  private static final int NONE = -1;

  private final byte[] bytes;
  private int width;
  private int height;
  private int left;
  private int top;
  private int alphaAt = NONE;
  private int alphaLength;
  private int imageAt = NONE;
  private int imageLength;
  private boolean lossless;
  private boolean losslessAlpha;
  private int imageWidth;
  private int imageHeight;
  private int exifAt = NONE;
  private int exifLength;

  /**
   * Reads the container; decodes nothing.
   *
   * @param bytes the file, not changed
   */
  public WebpFile(byte[] bytes) throws IOException {
    this.bytes = bytes;
    long end = 8 + u32(4);
    if (end > bytes.length) {
      throw new EOFException("the file is cut short");
    }
    chunks(12, (int) end, false);
    if (imageAt == NONE) {
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
  public int width() {
    return width;
  }

  /** Height of the canvas, in pixels. */
  public int height() {
    return height;
  }

  /** Heap that decoding takes for each pixel, in bits. */
  public int bitsPerPixel() {
    if (lossless) {
      return 32 + Lossless.CODE_BITS + 8;
    }
    // three planes of which two have a quarter of the samples, and whole macroblocks
    int planes = 16;
    return alphaAt == NONE ? planes : planes + 8 + 32 + Lossless.CODE_BITS + 8;
  }

  /** The EXIF block as a range of the file, first place and length; empty where there is none. */
  public int[] exif() {
    return exifAt == NONE ? new int[] {0, 0} : new int[] {exifAt, exifLength};
  }

  /** Decodes all pixels, after their number was found to be allowed. */
  public ArgbRows decode() throws IOException {
    ArgbRows image = lossless ? losslessRows() : lossyRows();
    if (imageWidth == width && imageHeight == height) {
      return image;
    }
    // without alpha the reference decoder's canvas is opaque black, otherwise transparent
    boolean transparent = lossless ? losslessAlpha : alphaAt != NONE;
    int[] row = new int[imageWidth];
    return (y, argb) -> {
      Arrays.fill(argb, 0, width, transparent ? 0 : 0xFF000000);
      if (y >= top && y < top + imageHeight) {
        image.row(y - top, row);
        System.arraycopy(row, 0, argb, left, imageWidth);
      }
    };
  }

  private ArgbRows losslessRows() throws IOException {
    int from = imageAt + LOSSLESS_HEADER;
    BitReader bits = new BitReader(bytes, from, imageLength - LOSSLESS_HEADER);
    int[] pixels = Lossless.decode(bits, imageWidth, imageHeight);
    int opaque = losslessAlpha ? 0 : 0xFF000000;
    int stride = imageWidth;
    return (y, argb) -> {
      for (int x = 0; x < stride; x++) {
        argb[x] = pixels[y * stride + x] | opaque;
      }
    };
  }

  private ArgbRows lossyRows() throws IOException {
    LossyPlanes planes = Vp8Frame.decode(bytes, imageAt, imageLength);
    if (alphaAt == NONE) {
      return planes;
    }
    byte[] alpha = AlphaPlane.decode(bytes, alphaAt, alphaLength, imageWidth, imageHeight);
    int stride = imageWidth;
    return (y, argb) -> {
      planes.row(y, argb);
      for (int x = 0; x < stride; x++) {
        argb[x] = argb[x] & 0xFFFFFF | alpha[y * stride + x] << 24;
      }
    };
  }

  /** Notes the first picture between two places, and EXIF, which may follow it. */
  private void chunks(int from, int end, boolean withinFrame) throws IOException {
    for (int at = from; at + 8 <= end; ) {
      int data = at + 8;
      long length = u32(at + 4);
      if (data + length > end) {
        throw new EOFException("a chunk lies outside of the file: it is cut short");
      }
      chunk((int) u32(at), data, (int) length, withinFrame);
      at = (int) Math.min(end, data + length + (length & 1));
    }
  }

  private void chunk(int name, int at, int length, boolean withinFrame) throws IOException {
    if (name == EXTENDED && withinFrame == false && width == 0) {
      checkLength(length, 10);
      width = 1 + u24(at + 4);
      height = 1 + u24(at + 7);
    } else if (name == EXIF && exifAt == NONE) {
      exifAt = at;
      exifLength = length;
    } else if (imageAt != NONE) {
      return;
    } else if (name == FRAME && withinFrame == false) {
      checkLength(length, FRAME_HEADER);
      left = 2 * u24(at);
      top = 2 * u24(at + 3);
      chunks(at + FRAME_HEADER, at + length, true);
    } else if (name == ALPHA) {
      alphaAt = at;
      alphaLength = length;
    } else if (name == LOSSY) {
      int[] size = Vp8Header.size(bytes, at, length);
      image(at, length, size[0], size[1]);
    } else if (name == LOSSLESS) {
      checkLength(length, LOSSLESS_HEADER);
      long header = u32(at + 1);
      if (bytes[at] != 0x2F || header >> 29 != 0) {
        throw new IOException("lossless data with an unknown signature or version");
      }
      lossless = true;
      losslessAlpha = (header >> 28 & 1) == 1;
      image(at, length, 1 + (int) (header & 0x3FFF), 1 + (int) (header >> 14 & 0x3FFF));
    }
  }

  private void image(int at, int length, int pictureWidth, int pictureHeight) {
    imageAt = at;
    imageLength = length;
    imageWidth = pictureWidth;
    imageHeight = pictureHeight;
  }

  private static void checkLength(int length, int least) throws IOException {
    if (length < least) {
      throw new EOFException("a chunk of " + length + " bytes, expected at least " + least);
    }
  }

  private int u24(int at) {
    return bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8 | (bytes[at + 2] & 0xFF) << 16;
  }

  private long u32(int at) {
    return u24(at) | (bytes[at + 3] & 0xFFL) << 24;
  }
}
