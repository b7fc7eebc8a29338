package org.sightline.runtime.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What stands before the first scan of a JPEG and what the reader of the JDK keeps to itself: size,
 * Adobe's colour transform, the orientation, whether there is a colour profile.
 */
final class JpegSegments {
  /**
   * Each scan of a progressive image costs a pass over all its pixels; encoders write about ten.
   */
  private static final int MAX_SCANS = 100;

  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1);

  private final byte[] bytes;
  private final int end;
  private int width;
  private int height;
  private int components;
  private boolean plain = true;
  private boolean ended;
  private int adobeTransform;
  private final List<Integer> profiles = new ArrayList<>();
  private int orientation;

  /**
   * @param from place of the first byte
   * @param length of the JPEG stream, in bytes
   */
  JpegSegments(byte[] bytes, int from, int length) throws IOException {
    this.bytes = bytes;
    this.end = from + length;
    int at = from + 2;
    while (at + 4 <= end) {
      int marker = u8(at + 1);
      if (u8(at) != 0xFF || marker == 0xFF) {
        plain = false;
        at++;
        continue;
      }
      if (marker == 0xDA || marker == 0xD9) {
        break;
      }
      if (marker == 0 || marker == 1 || marker >= 0xD0 && marker <= 0xD7) {
        plain = false;
        at += 2;
        continue;
      }
      int next = at + 2 + u16(at + 2);
      if (next <= end) {
        segment(marker, at + 4, next);
      } else {
        plain = false;
      }
      at = next;
    }
    countScans(at);
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  int components() {
    return components;
  }

  /**
   * Whether every decoder sees the same here: one frame of 8 bits a sample, baseline or
   * progressive, with Huffman codes; segments without gaps before its first scan; and an end.
   */
  boolean plain() {
    return plain && ended && width > 0 && height > 0;
  }

  /** Whether four components are YCCK rather than CMYK. */
  boolean ycck() {
    return adobeTransform != 0;
  }

  /** The orientation of the EXIF block, 1 where there is none. */
  int orientation() {
    return Orientations.valid(orientation);
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

  private void segment(int marker, int from, int next) {
    boolean frame = marker >= 0xC0 && marker <= 0xCF;
    if (frame && marker != 0xC4 && marker != 0xC8 && marker != 0xCC && from + 6 <= next) {
      // a second frame, 12 bits, lossless or arithmetic coding
      plain = plain && components == 0 && marker <= 0xC2 && u8(from) == 8;
      height = u16(from + 1);
      width = u16(from + 3);
      components = u8(from + 5);
    } else if (marker == 0xE1 && orientation == 0 && begins(from, EXIF)) {
      orientation = Orientations.ofExif(bytes, from, next - from);
    } else if (marker == 0xE2 && begins(from, PROFILE)) {
      profiles.add(from);
    } else if (marker == 0xEE && begins(from, ADOBE) && from + 12 <= next) {
      adobeTransform = u8(from + 11);
    }
  }

  private void countScans(int from) throws IOException {
    int scans = 0;
    for (int at = from; at + 1 < end; at++) {
      if (bytes[at] == (byte) 0xFF) {
        int marker = u8(at + 1);
        if (marker == 0xD9) {
          ended = scans > 0;
          return;
        }
        if (marker == 0xDA && ++scans > MAX_SCANS) {
          throw new IOException("more than " + MAX_SCANS + " scans");
        }
      }
    }
  }

  private boolean begins(int at, byte[] beginning) {
    if (at + beginning.length > end) {
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
