package org.sightline.runtime.image.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.image.Formats;
import org.sightline.runtime.image.FormatsTest;
import org.sightline.runtime.image.ImageDecoder;

/** That it agrees with the readers is tested with all formats in {@link FormatsTest}. */
class DeclaredSizeTest {

  private static byte[] hex(String digits) {
    return java.util.HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  @Test
  void readsOnlyWhatTheHeaderClaims() {
    byte[] png = hex("89504E470D0A1A0A 0000000D 49484452 00009C40 00004E20 08 02 000000 00000000");
    assertEquals(40_000L * 20_000L, DeclaredSize.pixels(png));
    byte[] jpeg = hex("FFD8 FFE0 0004 0000 FFC2 000B 08 0BB8 0FA0 03 00000000000000");
    assertEquals(3000L * 4000L, DeclaredSize.pixels(jpeg));
    byte[] upsideDown = Arrays.copyOf("BM".getBytes(StandardCharsets.US_ASCII), 54);
    upsideDown[14] = 40;
    upsideDown[18] = 100;
    Arrays.fill(upsideDown, 22, 26, (byte) 0xFF);
    upsideDown[22] = (byte) -50;
    assertEquals(100 * 50, DeclaredSize.pixels(upsideDown));
  }

  @Test
  void theDecoderTakesNoClaimsThatItWillRefuse() {
    byte[] png = hex("89504E470D0A1A0A 0000000D 49484452 00000064 00000064 08 02 000000 00000000");
    assertEquals(10_000, new ImageDecoder(1000, 10_000, 1).declaredPixels(png));
    assertEquals(0, new ImageDecoder(1000, 9_999, 1).declaredPixels(png));
    assertEquals(0, new ImageDecoder(10, 10_000, 1).declaredPixels(png));
    assertEquals(0, new ImageDecoder(1000, 10_000, 1).declaredPixels(new byte[] {1, 2}));
  }

  /** Cut anywhere, and with any byte replaced, it answers something that is no negative number. */
  @Test
  void damagedHeadersNeverThrow() {
    Random random = new Random(7);
    for (Formats.Case picture : Formats.cases()) {
      byte[] encoded = picture.encoded();
      for (int length = 0; length < Math.min(encoded.length, 300); length++) {
        assertTrue(DeclaredSize.pixels(Arrays.copyOf(encoded, length)) >= 0);
      }
      for (int i = 0; i < 300; i++) {
        byte[] damaged = encoded.clone();
        damaged[random.nextInt(Math.min(encoded.length, 200))] = (byte) random.nextInt();
        assertTrue(DeclaredSize.pixels(damaged) >= 0);
      }
    }
  }

  /** A file of twenty megabytes that begins like a JPEG and is none. */
  @Test
  void aWalkThroughRubbishEndsSoon() {
    byte[] rubbish = new byte[20 << 20];
    rubbish[0] = (byte) 0xFF;
    rubbish[1] = (byte) 0xD8;
    rubbish[2] = (byte) 0xFF;
    rubbish[3] = 1;
    byte[] frame = hex("FFC0 000B 08 0010 0010 03 00000000000000");
    System.arraycopy(frame, 0, rubbish, 19 << 20, frame.length);
    assertEquals(0, DeclaredSize.pixels(rubbish));
  }
}
