package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The segments of a JPEG (ITU-T T.81), walked as libjpeg walks them: size, number of scans, Adobe's
 * colour transform, orientation, colour profile.
 */
public final class JpegSegments {
  private static final int MAX_SCANS = 100;

  /** Most pixels times scans. An empty scan of 4.5 thousand million pixels takes a second. */
  private static final long MAX_SCANNED_PIXELS = 4_000_000_000L;

  private static final int END = 0xD9;
  private static final int SCAN = 0xDA;
  private static final int PROGRESSIVE = 0xC2;

  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] XMP =
      "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final byte[] bytes;
  private int width;
  private int height;
  private int components;
  private long samples;
  private boolean[] halvedRows = {};
  private boolean plain = true;
  private boolean progressive;
  private boolean ended;
  private int scans;
  private int adobeTransform;
  private final List<Integer> profiles = new ArrayList<>();
  private ByteBuffer exif = NOTHING;
  private ByteBuffer xmp = NOTHING;

  /**
   * @param bytes the file, not changed
   * @throws IOException where decoding would take too many scans, or where the end is missing of a
   *     picture that needs it
   */
  public JpegSegments(byte[] bytes) throws IOException {
    this.bytes = bytes;
    walk();
    if (scans > MAX_SCANS || scans * (long) width * height > MAX_SCANNED_PIXELS) {
      throw new IOException(
          String.format(
              Locale.ROOT, "%d scans of %d x %d pixels, too many to decode", scans, width, height));
    }
    if (progressive && ended == false) {
      throw new EOFException("it is cut short");
    }
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  public int components() {
    return components;
  }

  /**
   * Whether every decoder sees the same here: one frame of 8 bits a sample, baseline or
   * progressive, with Huffman codes; segments without gaps before its first scan; and an end.
   */
  public boolean plain() {
    return plain && ended && width > 0 && height > 0;
  }

  /** Components that have all columns and every other row. */
  boolean[] halvedRows() {
    return halvedRows;
  }

  /** Whether four components are YCCK rather than CMYK. */
  boolean ycck() {
    return adobeTransform != 0;
  }

  /** The orientation of EXIF or XMP, 1 where there is none. */
  int orientation() {
    return Orientations.of(exif, xmp);
  }

  /**
   * Memory of the decoded picture, and of the coefficients that are kept of one in several scans.
   */
  long decodedBytes() {
    long pixels = (long) width * height * (components == 1 ? 1 : 4);
    return pixels + (progressive || scans > 1 ? Short.BYTES * samples : 0);
  }

  /**
   * The bytes without colour profile: the reader of the JDK would convert colours with it.
   *
   * @return the bytes themselves where there is none, otherwise a copy
   */
  byte[] withoutProfile() {
    if (profiles.isEmpty()) {
      return bytes;
    }
    byte[] copy = bytes.clone();
    for (int profile : profiles) {
      copy[profile] = 0;
    }
    return copy;
  }

  private void walk() throws IOException {
    for (int at = 2; at + 1 < bytes.length; ) {
      int marker = u8(at + 1);
      if (u8(at) != 0xFF || marker == 0xFF) {
        plain = plain && scans > 0;
        at++;
        continue;
      }
      if (marker == END) {
        ended = scans > 0;
        return;
      }
      boolean alone = marker <= 1 || marker >= 0xD0 && marker <= 0xD7;
      if (alone) {
        plain = plain && scans > 0;
        at += 2;
        continue;
      }
      int next = at + 4 <= bytes.length ? at + 2 + u16(at + 2) : bytes.length + 1;
      if (next > bytes.length) {
        plain = false;
        return;
      }
      if (next < at + 4) {
        throw new IOException("a segment without room for its own length");
      }
      segment(marker, at + 4, next);
      at = marker == SCAN ? afterCodes(next) : next;
    }
  }

  /** The place of the first marker behind the codes of a scan. */
  private int afterCodes(int from) {
    int at = from;
    while (at + 1 < bytes.length) {
      int marker = u8(at + 1);
      if (bytes[at] == (byte) 0xFF
          && marker != 0
          && marker != 0xFF
          && (marker < 0xD0 || marker > 0xD7)) {
        return at;
      }
      at++;
    }
    return at;
  }

  private void segment(int marker, int from, int next) {
    boolean frame = marker >= 0xC0 && marker <= 0xCF;
    if (marker == SCAN) {
      scans++;
    } else if (frame && marker != 0xC4 && marker != 0xC8 && marker != 0xCC && from + 6 <= next) {
      frame(marker, from, next);
    } else if (marker == 0xE1 && exif == NOTHING && begins(from, EXIF)) {
      exif = ByteBuffer.wrap(bytes).slice(from, next - from);
    } else if (marker == 0xE1 && begins(from, XMP)) {
      xmp = ByteBuffer.wrap(bytes).slice(from, next - from);
    } else if (marker == 0xE2 && begins(from, PROFILE)) {
      profiles.add(from);
    } else if (marker == 0xEE && begins(from, ADOBE) && from + 12 <= next) {
      adobeTransform = u8(from + 11);
    }
  }

  private void frame(int marker, int from, int next) {
    // a second frame, 12 bits, lossless or arithmetic coding
    plain = plain && components == 0 && marker <= PROGRESSIVE && u8(from) == 8;
    progressive = progressive || marker == PROGRESSIVE;
    height = u16(from + 1);
    width = u16(from + 3);
    components = u8(from + 5);
    int columns = 1;
    int rows = 1;
    int all = 0;
    for (int i = 0, at = from + 7; i < components && at < next; i++, at += 3) {
      columns = Math.max(columns, u8(at) >> 4);
      rows = Math.max(rows, u8(at) & 15);
      all += (u8(at) >> 4) * (u8(at) & 15);
    }
    halvedRows = new boolean[components];
    for (int i = 0, at = from + 7; i < components && at < next; i++, at += 3) {
      halvedRows[i] = u8(at) >> 4 == columns && 2 * (u8(at) & 15) == rows;
    }
    // whole blocks of up to four times eight samples
    samples = (long) (width + 31) * (height + 31) * all / (columns * rows);
  }

  private boolean begins(int at, byte[] beginning) {
    if (at + beginning.length > bytes.length) {
      return false;
    }
    for (int i = 0; i < beginning.length; i++) {
      if (bytes[at + i] != beginning[i]) {
        return false;
      }
    }
    return true;
  }

  private int u16(int at) {
    return u8(at) << 8 | u8(at + 1);
  }

  private int u8(int at) {
    return bytes[at] & 0xFF;
  }
}
