package org.sightline.runtime.image.formats;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.sightline.runtime.encoded.ImageFormat;

/**
 * How large an image says it is, read without opening it: for whoever has to weigh many images
 * before one is looked at. Whether it is true shows when the image is opened.
 */
public final class DeclaredSize {
  private static final int RIFF_CHUNK = 12;

  /** Of a walk through a JPEG; usual ones take less than fifty. */
  private static final int MAX_STEPS = 10_000;

  private final byte[] bytes;

  private DeclaredSize(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Width times height, 0 where it cannot be told. Never throws. */
  public static long pixels(byte[] encoded) {
    DeclaredSize size = new DeclaredSize(encoded);
    return ImageFormat.of(encoded).map(size::of).orElse(0L);
  }

  private long of(ImageFormat format) {
    return switch (format) {
      case JPEG -> jpeg();
      case PNG -> area(big(16, 4), big(20, 4));
      case GIF -> area(little(6, 2), little(8, 2));
      case BMP ->
          little(14, 4) == 12
              ? area(little(18, 2), little(20, 2))
              // a negative height means that the rows begin at the top
              : area(little(18, 4), Math.abs((int) little(22, 4)));
      case WEBP -> webp();
      case TIFF -> tiff();
    };
  }

  /** The first frame header; segments before it are passed over by their length. */
  private long jpeg() {
    int at = 2;
    for (int steps = 0; steps < MAX_STEPS && at + 4 <= bytes.length; steps++) {
      int marker = (int) big(at + 1, 1);
      if (big(at, 1) != 0xFF || marker == 0xFF) {
        at++;
        continue;
      }
      if (marker == 0xDA || marker == 0xD9) {
        return 0;
      }
      boolean frame =
          marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (frame) {
        return area(big(at + 7, 2), big(at + 5, 2));
      }
      boolean alone = marker <= 1 || marker >= 0xD0 && marker <= 0xD7;
      at += alone ? 2 : 2 + (int) big(at + 2, 2);
    }
    return 0;
  }

  private long webp() {
    int kind = (int) big(RIFF_CHUNK, 4);
    return switch (kind) {
      case 0x56503820 -> area(little(26, 2) & 0x3FFF, little(28, 2) & 0x3FFF); // "VP8 "
      case 0x5650384C -> { // "VP8L"
        long bits = little(21, 4);
        yield area((bits & 0x3FFF) + 1, (bits >>> 14 & 0x3FFF) + 1);
      }
      case 0x56503858 -> area(little(24, 3) + 1, little(27, 3) + 1); // "VP8X"
      default -> 0;
    };
  }

  private long tiff() {
    try {
      TiffDirectory tags = new TiffDirectory(ByteBuffer.wrap(bytes));
      return area(tags.value(TiffDirectory.WIDTH, 0), tags.value(TiffDirectory.HEIGHT, 0));
    } catch (IOException | RuntimeException e) {
      return 0; // whoever opens it says what is wrong
    }
  }

  /** No overflow: neither side is more than what fits into an int. */
  private static long area(long width, long height) {
    return Math.clamp(width, 0, Integer.MAX_VALUE)
        * (long) Math.clamp(height, 0, Integer.MAX_VALUE);
  }

  /** Big-endian, 0 beyond the end. */
  private long big(int at, int count) {
    long value = 0;
    for (int i = 0; i < count && at + count <= bytes.length; i++) {
      value = value << 8 | bytes[at + i] & 0xFF;
    }
    return value;
  }

  /** Little-endian, 0 beyond the end. */
  private long little(int at, int count) {
    long value = 0;
    for (int i = count - 1; i >= 0 && at + count <= bytes.length; i--) {
      value = value << 8 | bytes[at + i] & 0xFF;
    }
    return value;
  }
}
