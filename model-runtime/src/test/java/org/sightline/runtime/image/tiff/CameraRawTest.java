package org.sightline.runtime.image.tiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ForeignFormat;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.inference.InferenceException;

/** A thumbnail of 2 x 1 grey pixels in the first directory, as cameras write it, is no picture. */
class CameraRawTest {
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int BYTE = 1;

  private static final int[] REDUCED = {254, LONG, 1};
  private static final int[] FULL = {254, LONG, 0};
  private static final int[] SUB_DIRECTORIES = {330, LONG, 8};
  private static final int[] DNG_VERSION = {50706, BYTE, 0x00000401};
  private static final int[] COLOUR_FILTERS = {262, SHORT, 32803};

  private static Optional<ForeignFormat> of(String maker, int[]... more) {
    return CameraRaw.of(tiff(maker, more));
  }

  @Test
  void namesFormatsByMakerAndTags() {
    assertEquals(Optional.of(ForeignFormat.NEF), of("NIKON CORPORATION", REDUCED, SUB_DIRECTORIES));
    assertEquals(Optional.of(ForeignFormat.ARW), of("SONY", REDUCED, SUB_DIRECTORIES));
    assertEquals(Optional.of(ForeignFormat.CAMERA_RAW), of("PENTAX", COLOUR_FILTERS));
    assertEquals(Optional.of(ForeignFormat.DNG), of("Google", FULL, DNG_VERSION));
  }

  @Test
  void picturesWithSubDirectoriesOrByTheSameMakersAreRead() {
    ImageDecoder decoder = new ImageDecoder(1 << 20, 1 << 20, 1 << 20);
    for (int[][] more : new int[][][] {{FULL, SUB_DIRECTORIES}, {FULL}, {REDUCED}, {}}) {
      byte[] picture = tiff("NIKON CORPORATION", more);
      assertEquals(Optional.empty(), CameraRaw.of(picture));
      assertEquals(2, decoder.decode(picture, Transparency.DROP).width());
    }
  }

  @Test
  void theThumbnailIsNotTakenForThePicture() {
    byte[] nef = tiff("NIKON CORPORATION", REDUCED, SUB_DIRECTORIES);
    InferenceException e =
        assertThrows(
            InferenceException.class,
            () -> new ImageDecoder(1 << 20, 1 << 20, 1 << 20).decode(nef, Transparency.DROP));
    assertTrue(e.getMessage().startsWith("is a camera raw file (NEF), expected one of JPEG, "));
  }

  @Test
  void whatIsDamagedIsLeftToTheReader() {
    byte[] cut = {'I', 'I', 42, 0, 100, 0, 0, 0};
    assertEquals(Optional.empty(), CameraRaw.of(cut));
    assertEquals(Optional.empty(), of("SONY", REDUCED, REDUCED, SUB_DIRECTORIES));
  }

  /** A little-endian TIFF of 2 x 1 grey pixels; entries of one value. */
  private static byte[] tiff(String maker, int[]... more) {
    byte[] make = (maker + "\0").getBytes(StandardCharsets.US_ASCII);
    int[][] entries = {
      {256, SHORT, 2},
      {257, SHORT, 1},
      {258, SHORT, 8},
      {273, LONG, 8},
      {278, SHORT, 1},
      {279, LONG, 2}
    };
    boolean colours = more.length == 0 || more[0][0] != 262;
    int count = entries.length + more.length + (colours ? 2 : 1);
    int directory = 10 + make.length;
    ByteBuffer tiff = ByteBuffer.allocate(directory + 6 + 12 * count);
    tiff.order(ByteOrder.LITTLE_ENDIAN).put(new byte[] {'I', 'I', 42, 0}).putInt(directory);
    tiff.put(new byte[] {7, 9}).put(make).putShort((short) count);
    entry(tiff, 271, 2, make.length, 10);
    for (int[] entry : entries) {
      entry(tiff, entry[0], entry[1], 1, entry[2]);
    }
    if (colours) {
      entry(tiff, 262, SHORT, 1, 1);
    }
    for (int[] entry : more) {
      entry(tiff, entry[0], entry[1], entry[0] == 50706 ? 4 : 1, entry[2]);
    }
    return tiff.array();
  }

  private static void entry(ByteBuffer tiff, int tag, int type, int count, int value) {
    tiff.putShort((short) tag).putShort((short) type).putInt(count).putInt(value);
  }
}
