package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.inference.InferenceException;

/** What a file claims is compared with limits before memory or time is spent on it. */
class ImageBoundsTest {
  private static final int TIFF_WIDTH = 256;
  private static final int TIFF_HEIGHT = 257;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_LENGTHS = 279;
  private static final int PLANAR_CONFIGURATION = 284;

  private final ImageDecoder decoder = new ImageDecoder(1 << 20, 1_000_000, 2_000_000);

  private String refusal(byte[] encoded) {
    InferenceException e =
        assertThrows(InferenceException.class, () -> decoder.decode(encoded, Transparency.DROP));
    assertEquals(InferenceException.Kind.INVALID_INPUT, e.kind());
    return e.getMessage();
  }

  @Test
  void aGifFrameFarOutsideOfItsCanvas() {
    byte[] gif = Formats.read("plain.gif");
    int descriptor = indexOf(gif, 0x2C, 0);
    gif[descriptor + 2] = (byte) 0xFF; // high byte of the frame's left
    assertEquals("has 65325 x 31 pixels, allowed are at most 1000000 pixels", refusal(gif));
  }

  @Test
  void aWebpCanvasOfTheLargestSize() {
    byte[] webp = Formats.read("frame-on-canvas.webp");
    Arrays.fill(webp, 24, 30, (byte) 0xFF);
    assertEquals(
        "has 16777216 x 16777216 pixels, allowed are at most 1000000 pixels", refusal(webp));
  }

  @Test
  void aLosslessWebpOfTheLargestSize() {
    byte[] webp = Formats.read("lossless.webp");
    Arrays.fill(webp, 21, 24, (byte) 0xFF);
    webp[24] = 0x0F;
    assertEquals("has 16384 x 16384 pixels, allowed are at most 1000000 pixels", refusal(webp));
  }

  @Test
  void aWebpFrameOutsideOfItsCanvas() {
    byte[] webp = Formats.read("frame-on-canvas.webp");
    webp[24] = 9;
    assertEquals(
        "is a damaged or unsupported WebP image: a picture that is larger than its canvas",
        refusal(webp));
  }

  /** A transform costs a few bits and may take a quarter of the picture's memory each time. */
  @Test
  void aWebpThatRepeatsATransform() {
    byte[] webp = Formats.read("lossless.webp");
    // transform follows, SUBTRACT_GREEN; and the same again
    webp[25] = 0b0010_1101;
    assertEquals(
        "is a damaged or unsupported WebP image: a transform that stands twice", refusal(webp));
  }

  @Test
  void aWebpWithoutPicture() {
    byte[] webp = Formats.read("lossy-75.webp");
    webp[15] = 'X';
    assertEquals("is a damaged or unsupported WebP image: a file without a picture", refusal(webp));
  }

  @Test
  void aWebpThatIsCutShort() {
    byte[] webp = Formats.read("lossy-75.webp");
    assertEquals(
        "is a damaged or unsupported WebP image: the file is cut short",
        refusal(Arrays.copyOf(webp, webp.length - 2)));
  }

  @Test
  void aTiffOfAbsurdSize() {
    byte[] tiff = Formats.read("rgb-raw.tif");
    setTag(tiff, TIFF_WIDTH, 60_000);
    setTag(tiff, TIFF_HEIGHT, 60_000);
    assertEquals("has 60000 x 60000 pixels, allowed are at most 1000000 pixels", refusal(tiff));
  }

  /** The reader takes a buffer for a whole strip, however small the picture is. */
  @Test
  void aTiffTileThatIsLargerThanThePicture() {
    byte[] tiff = Formats.read("rgb-raw.tif");
    renameTag(tiff, STRIP_OFFSETS, 324);
    renameTag(tiff, STRIP_LENGTHS, 325);
    renameTag(tiff, ROWS_PER_STRIP, 323);
    renameTag(tiff, PLANAR_CONFIGURATION, 322);
    setTag(tiff, 322, 60_000);
    setTag(tiff, 323, 60_000);
    assertEquals(
        "has 45 x 31 pixels that take 10800004185 bytes of memory, allowed are at most 2000000",
        refusal(tiff));
  }

  @Test
  void aTiffStripOutsideOfTheFile() {
    byte[] tiff = Formats.read("rgb-raw.tif");
    setTag(tiff, STRIP_OFFSETS, 60_000);
    assertEquals(
        "is a damaged or unsupported TIFF image: segment 0 lies outside of the file: it is cut short",
        refusal(tiff));
  }

  @Test
  void aTiffWithManySamples() {
    byte[] tiff = Formats.read("rgb-raw.tif");
    setTag(tiff, SAMPLES_PER_PIXEL, 60_000);
    assertEquals(
        "is a damaged or unsupported TIFF image: tag 277 is 60000, allowed are 1 to 6",
        refusal(tiff));
  }

  @Test
  void aTiffWhoseJpegIsLargerThanItsStrip() {
    byte[] tiff = Formats.read("rgb-jpeg.tif");
    int at = indexOf(tiff, 0xFF, 0xC0);
    tiff[at + 5] = (byte) 0xFF; // high byte of the height
    assertEquals(
        "is a damaged or unsupported TIFF image: a JPEG of 45 x 65311 pixels with 3 components, or"
            + " cut short, where a segment has 45 x 31 pixels with 3 samples",
        refusal(tiff));
  }

  /** Each scan costs a pass over all pixels, and may have less than twenty bytes. */
  @Test
  void aJpegWithTooManyScans() {
    byte[] jpeg = Formats.read("progressive.jpg");
    int scan = indexOf(jpeg, 0xFF, 0xDA);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, scan);
    for (int i = 0; i < 101; i++) {
      out.write(jpeg, scan, jpeg.length - 2 - scan);
    }
    out.write(0xFF);
    out.write(0xD9);
    assertEquals(
        "is a damaged or unsupported JPEG image: 1010 scans of 45 x 31 pixels, too many to decode",
        refusal(out.toByteArray()));
  }

  @Test
  void aBrokenOrAbsurdOrientationCountsAsUpright() {
    byte[] jpeg = Formats.read("orientation-1.jpg");
    byte[] upright = decoder.decode(jpeg, Transparency.DROP).rgb();
    int value = indexOf(jpeg, 0x12, 0x01) + 8;
    for (int absurd : new int[] {0, 9, 255}) {
      byte[] changed = jpeg.clone();
      changed[value] = (byte) absurd;
      assertArrayEquals(upright, decoder.decode(changed, Transparency.DROP).rgb());
    }
    byte[] broken = jpeg.clone();
    broken[value - 14] = (byte) 0xFF; // place of the directory
    broken[value - 13] = (byte) 0xFF;
    assertArrayEquals(upright, decoder.decode(broken, Transparency.DROP).rgb());
    byte[] turned = jpeg.clone();
    turned[value] = 6;
    assertEquals(18, decoder.decode(turned, Transparency.DROP).width());
  }

  private static int entry(byte[] tiff, int tag) {
    int directory = u16(tiff, 4) | u16(tiff, 6) << 16;
    for (int i = 0; i < u16(tiff, directory); i++) {
      int entry = directory + 2 + 12 * i;
      if (u16(tiff, entry) == tag) {
        return entry;
      }
    }
    throw new AssertionError("no tag " + tag);
  }

  private static void setTag(byte[] tiff, int tag, int value) {
    int entry = entry(tiff, tag);
    tiff[entry + 2] = 3;
    tiff[entry + 4] = 1;
    tiff[entry + 8] = (byte) value;
    tiff[entry + 9] = (byte) (value >> 8);
    tiff[entry + 10] = 0;
    tiff[entry + 11] = 0;
  }

  private static void renameTag(byte[] tiff, int tag, int name) {
    int entry = entry(tiff, tag);
    tiff[entry] = (byte) name;
    tiff[entry + 1] = (byte) (name >> 8);
  }

  private static int u16(byte[] bytes, int at) {
    return bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8;
  }

  private static int indexOf(byte[] bytes, int first, int second) {
    for (int i = 0; i + 1 < bytes.length; i++) {
      if (bytes[i] == (byte) first && bytes[i + 1] == (byte) second) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
