package org.sightline.runtime.image;

import java.io.IOException;

/**
 * Where the formats keep the orientation of EXIF, 1 to 8. What is missing, damaged or out of range
 * counts as 1, upright: a broken note beside a picture is no reason to refuse it.
 */
public final class Orientations {
  static final int UPRIGHT = 1;

  private Orientations() {}

  static int valid(long orientation) {
    return orientation >= 1 && orientation <= 8 ? (int) orientation : UPRIGHT;
  }

  /** Whether width and height change places. */
  public static boolean turns(int orientation) {
    return orientation >= 5;
  }

  /**
   * The orientation of an EXIF block.
   *
   * @param length of the block, with the prefix {@code Exif} or without
   */
  static int ofExif(byte[] bytes, int from, int length) {
    int prefix = length > 6 && bytes[from] == 'E' && bytes[from + 1] == 'x' ? 6 : 0;
    try {
      TiffTags tags = new TiffTags(bytes, from + prefix, length - prefix);
      return valid(tags.value(TiffTags.ORIENTATION, UPRIGHT));
    } catch (IOException e) {
      return UPRIGHT;
    }
  }

  /** The orientation of a PNG's {@code eXIf} chunk. */
  static int ofPng(byte[] png) {
    for (long at = 8; at + 12 <= png.length; ) {
      int chunk = (int) at;
      long length = u32(png, chunk);
      if (at + 12 + length > png.length) {
        break;
      }
      // "eXIf"
      if (u32(png, chunk + 4) == 0x65584966L) {
        return ofExif(png, chunk + 8, (int) length);
      }
      at += 12 + length;
    }
    return UPRIGHT;
  }

  private static long u32(byte[] bytes, int at) {
    return (bytes[at] & 0xFFL) << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | bytes[at + 3] & 0xFF;
  }
}
