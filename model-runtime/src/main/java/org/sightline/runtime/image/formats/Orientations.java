package org.sightline.runtime.image.formats;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The orientation of a picture, 1 to 8, as Pillow's {@code exif_transpose} finds it: EXIF's, or
 * else that of XMP. What is missing, damaged or out of range counts as 1, upright: a broken note
 * beside a picture is no reason to refuse it.
 */
public final class Orientations {
  public static final int UPRIGHT = 1;

  private static final byte[] EXIF_PREFIX = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final Pattern XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

  private Orientations() {}

  public static int valid(long orientation) {
    return orientation >= 1 && orientation <= 8 ? (int) orientation : UPRIGHT;
  }

  /** Whether width and height change places. */
  public static boolean turns(int orientation) {
    return orientation >= 5;
  }

  /**
   * The orientation of a picture.
   *
   * @param exif the EXIF block, with or without its prefix {@code Exif}; empty where there is none
   * @param xmp the XMP packet; empty where there is none
   */
  static int of(ByteBuffer exif, ByteBuffer xmp) {
    long orientation = ofExif(exif);
    return valid(orientation == 0 ? ofXmp(xmp) : orientation);
  }

  private static long ofExif(ByteBuffer exif) {
    int prefix = EXIF_PREFIX.length;
    boolean prefixed =
        exif.remaining() > prefix && exif.slice(0, prefix).equals(ByteBuffer.wrap(EXIF_PREFIX));
    try {
      int from = prefixed ? prefix : 0;
      return new TiffDirectory(exif.slice(from, exif.remaining() - from)).orientation();
    } catch (IOException e) {
      return 0;
    }
  }

  static int ofXmp(ByteBuffer xmp) {
    Matcher matcher = XMP.matcher(StandardCharsets.ISO_8859_1.decode(xmp.duplicate()));
    return matcher.find() ? matcher.group(1).charAt(0) - '0' : 0;
  }
}
