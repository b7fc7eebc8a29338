package org.sightline.runtime.image.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.inference.InferenceException;

/** Lossless WebP whose code tables take far more memory than its pixels. */
class LosslessCodesTest {
  /** What libwebp writes at least for a group: a table of 256 entries for each of five codes. */
  private static final int WRITTEN = 5 * 256 * Integer.BYTES;

  /** Bits, the lowest one of a byte first. */
  private static final class Bits {
    private final byte[] bytes = new byte[1 << 20];
    private int count;

    Bits add(long value, int size) {
      for (int i = 0; i < size; i++, count++) {
        bytes[count >> 3] |= (byte) ((value >> i & 1) << (count & 7));
      }
      return this;
    }

    /** A code with one symbol, which takes no bits. */
    Bits single(int symbol) {
      return add(1, 1).add(0, 1).add(1, 1).add(symbol, 8);
    }

    /** A code in which 256 symbols have 8 bits, and the rest of the alphabet none. */
    Bits bytes() {
      add(0, 1).add(8, 4); // twelve lengths of codes for lengths
      for (int length : new int[] {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8}) {
        add(length == 8 || length == 18 ? 1 : 0, 3);
      }
      add(1, 1).add(3, 3).add(256 - 2, 8); // 256 lengths follow
      for (int i = 0; i < 256; i++) {
        add(0, 1);
      }
      return this;
    }

    byte[] data() {
      return Arrays.copyOf(bytes, count / 8 + 1);
    }
  }

  /**
   * A picture of one colour in blocks of 4 x 4 pixels.
   *
   * @param groups the first blocks have one each, as far as there are blocks; the last one has the
   *     last
   */
  private static byte[] picture(int width, int height, int groups) {
    Bits bits = new Bits().add(0x2F, 8).add(width - 1, 14).add(height - 1, 14).add(0, 4);
    bits.add(0, 1).add(0, 1); // no transform, no colour cache
    bits.add(1, 1).add(0, 3).add(0, 1);
    bits.bytes().bytes().single(0).single(0).single(0);
    int blocks = (width + 3) / 4 * ((height + 3) / 4);
    for (int i = 0; i < blocks; i++) {
      int group = i == blocks - 1 ? groups - 1 : Math.min(i, groups - 1);
      bits.add(reversed(group & 0xFF), 8).add(reversed(group >> 8), 8);
    }
    for (int i = 0; i < 5 * groups; i++) {
      bits.add(1, 1).add(0, 3); // the symbol 0 alone
    }
    return riff(bits.data());
  }

  /** Codes begin with their highest bit. */
  private static int reversed(int value) {
    return Integer.reverse(value) >>> 24;
  }

  private static byte[] riff(byte[] data) {
    int even = data.length + (data.length & 1);
    ByteBuffer file = ByteBuffer.allocate(20 + even).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(12 + even);
    file.put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data);
    return file.array();
  }

  private static ImageDecoder decoder(long maxDecodedBytes) {
    return new ImageDecoder(20 << 20, 100_000_000, maxDecodedBytes);
  }

  @Test
  void tablesAreCountedBeforeTheyAreMade() {
    byte[] webp = picture(1024, 1024, 65_536);
    assertTrue(webp.length < 300_000, webp.length + " bytes");
    long announced = decoder(1L << 34).header(webp, Orientation.IGNORE).decodedBytes();
    assertTrue(announced > 65_536L * WRITTEN, announced + " bytes");
    InferenceException refusal =
        assertThrows(
            InferenceException.class, () -> decoder(300_000_000).decode(webp, Transparency.DROP));
    assertEquals(
        "has 1024 x 1024 pixels that take "
            + announced
            + " bytes of memory, allowed are at most"
            + " 300000000",
        refusal.getMessage());
  }

  @Test
  void fewTablesCostLittle() {
    byte[] webp = picture(1024, 1024, 3);
    ImageDecoder decoder = decoder(10_000_000);
    assertEquals(1024, decoder.decode(webp, Transparency.DROP).width());
  }

  /** libwebp counts the numbers that blocks use, not the largest one. */
  @Test
  void numbersBeyondTheBlocks() throws IOException {
    long one = LosslessCodes.tableBytes(new byte[] {0}, 0, 1, 16, 16);
    byte[] webp = picture(16, 16, 300);
    long sixteen = LosslessCodes.tableBytes(webp, 25, webp.length - 25, 16, 16);
    assertEquals(16 * one + 16 * Integer.BYTES, sixteen);
    assertEquals(16, decoder(1_000_000).decode(webp, Transparency.DROP).height());
  }

  @Test
  void dataThatAreCutShort() {
    byte[] webp = picture(64, 64, 256);
    assertThrows(EOFException.class, () -> LosslessCodes.tableBytes(webp, 25, 20, 64, 64));
  }
}
