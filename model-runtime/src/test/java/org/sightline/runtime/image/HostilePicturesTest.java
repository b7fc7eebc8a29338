package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.testsupport.load.Allocated;

/**
 * Files that claim much and hold little. Bounds are on what is allocated, not on time, so that a
 * busy machine fails no test.
 */
class HostilePicturesTest {
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int UNDEFINED = 7;

  private final ImageDecoder decoder = new ImageDecoder(20 << 20, 100_000_000, 800_000_000);

  @Test
  void aPngAsWideAsAllPixelsThatAreAllowed() {
    byte[] png = Pngs.encode(100_000_000, 1, 1, Pngs.GREY, new byte[0]);
    assertEquals(
        "has 100000000 x 1 pixels, allowed are at most 65535 on a side", refusal(png, 1 << 20));
  }

  /** The reader of the JDK keeps a tree of all texts. */
  @Test
  void aPngOfTexts() {
    byte[] text = Pngs.chunk("tEXt", "a\0b".getBytes(StandardCharsets.US_ASCII));
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    for (int i = 0; i < 300_000; i++) {
      texts.writeBytes(text);
    }
    byte[] png = Pngs.encode(1, 1, 8, Pngs.GREY, new byte[] {9}, texts.toByteArray());
    assertDecodes(png, 1 << 20);
  }

  /** Each chunk is a note of its own orientation; only one of them is unpacked. */
  @Test
  void aPngOfPackedNotes() {
    byte[] keyword = "Raw profile type exif\0\0".getBytes(StandardCharsets.US_ASCII);
    byte[] zeros = Pngs.deflate(new byte[1 << 20]);
    ByteBuffer note = ByteBuffer.allocate(keyword.length + zeros.length).put(keyword).put(zeros);
    ByteArrayOutputStream notes = new ByteArrayOutputStream();
    for (int i = 0; i < 1000; i++) {
      notes.writeBytes(Pngs.chunk("zTXt", note.array()));
    }
    byte[] png = Pngs.encode(1, 1, 8, Pngs.GREY, new byte[] {9}, notes.toByteArray());
    assertDecodes(png, 8 << 20);
  }

  /** The reader of the JDK takes the square of their number. */
  @Test
  void aGifOfComments() {
    byte[] gif = Formats.read("plain.gif");
    int blocks = 2_000_000;
    byte[] comments = new byte[2 * blocks + 3];
    comments[0] = 0x21;
    comments[1] = (byte) 0xFE;
    for (int i = 0; i < blocks; i++) {
      comments[2 + 2 * i] = 1;
    }
    int header = 13 + 3 * (2 << (gif[10] & 7));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(gif, 0, header);
    file.writeBytes(comments);
    file.write(gif, header, gif.length - header);
    assertDecodes(file.toByteArray(), 1 << 20);
  }

  @Test
  void aJpegWithScansBehindTheEndInAComment() {
    byte[] jpeg = Formats.read("progressive.jpg");
    int scan = indexOf(jpeg, 0xDA);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(jpeg, 0, scan);
    file.writeBytes(new byte[] {-1, (byte) 0xFE, 0, 4, -1, (byte) 0xD9});
    for (int i = 0; i < 50; i++) {
      file.write(jpeg, scan, jpeg.length - 2 - scan);
    }
    file.writeBytes(new byte[] {-1, (byte) 0xD9});
    assertEquals(
        "is a damaged or unsupported JPEG image: 500 scans of 45 x 31 pixels, too many to decode",
        refusal(file.toByteArray(), 1 << 20));
  }

  @Test
  void aProgressiveJpegThatIsCutShort() {
    byte[] jpeg = Formats.read("progressive.jpg");
    assertEquals(
        "is a damaged or unsupported JPEG image: it is cut short",
        refusal(Arrays.copyOf(jpeg, jpeg.length - 2), 1 << 20));
  }

  /** One reader takes the first of two equal tags, another one the last. */
  @Test
  void aTiffWhoseTagStandsTwice() {
    assertEquals(
        "is a damaged or unsupported TIFF image: tag 322 stands twice",
        refusal(tiled(16, 20_000), 1 << 20));
  }

  @Test
  void aTiffWithATileOfTheLargestSize() {
    String message = refusal(tiled(Integer.MAX_VALUE), 1 << 20);
    assertTrue(message.startsWith("has 16 x 16 pixels that take "), message);
  }

  /** A picture of 16 x 16 pixels in a tile, with width and height of the tile for each of sides. */
  private static byte[] tiled(int... sides) {
    List<int[]> entries =
        new ArrayList<>(
            List.of(
                new int[] {256, LONG, 16},
                new int[] {257, LONG, 16},
                new int[] {258, SHORT, 8},
                new int[] {259, SHORT, 8},
                new int[] {262, SHORT, 1},
                new int[] {324, LONG, 8},
                new int[] {325, LONG, 1}));
    for (int side : sides) {
      entries.addAll(List.of(new int[] {322, LONG, side}, new int[] {323, LONG, side}));
    }
    return tiff(entries.toArray(int[][]::new), new byte[0]);
  }

  /** A frame in the shared tables is not copied to the decoder. */
  @Test
  void aTiffWhoseJpegTablesHideAFrame() {
    byte[] tables = HexFormat.of().parseHex("ffd8ffc0000b083e803e8001011100ffd9");
    int[][] entries = {
      {256, LONG, 16},
      {257, LONG, 16},
      {258, SHORT, 8},
      {259, SHORT, 7},
      {262, SHORT, 1},
      {273, LONG, 8},
      {279, LONG, 8},
      {347, UNDEFINED, tables.length}
    };
    assertEquals(
        "is a damaged or unsupported TIFF image: no JPEG marker where one is due",
        refusal(tiff(entries, tables), 1 << 20));
    entries[6][2] = 4; // a strip without a frame of its own
    assertEquals(
        "is a damaged or unsupported TIFF image: a JPEG of 0 x 0 pixels with 0 components, or cut"
            + " short, where a segment has 16 x 16 pixels with 1 samples",
        refusal(tiff(entries, tables), 1 << 20));
  }

  @Test
  void aBmpWhosePixelsAreSaidToBeFarAway() {
    byte[] bmp = Formats.read("rgb-24.bmp");
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(10, Integer.MAX_VALUE);
    String message = refusal(bmp, 1 << 20);
    assertTrue(message.contains("pixels at 2147483647 of "), message);
  }

  @Test
  void aBmpWithRunsOfTheLargestSize() {
    byte[] plain = Formats.read("palette-8.bmp");
    ByteBuffer header = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
    int data = header.getInt(10);
    header.putInt(30, 1).putInt(34, Integer.MAX_VALUE);
    byte[] bmp = Arrays.copyOf(plain, data + 2);
    bmp[data] = 0;
    bmp[data + 1] = 1; // the end of the picture
    assertDecodes(bmp, 1 << 20);
  }

  private void assertDecodes(byte[] file, long most) {
    decoder.decode(Formats.read("plain.gif"), Transparency.DROP); // classes are loaded
    long before = Allocated.byThisThread();
    decoder.decode(file, Transparency.DROP);
    assertBounded(file, before, most);
  }

  private String refusal(byte[] file, long most) {
    long before = Allocated.byThisThread();
    InferenceException e =
        assertThrows(InferenceException.class, () -> decoder.decode(file, Transparency.DROP));
    assertBounded(file, before, most);
    assertEquals(InferenceException.Kind.INVALID_INPUT, e.kind());
    return e.getMessage();
  }

  /** At most so much beside a few copies of the file. */
  private static void assertBounded(byte[] file, long before, long most) {
    long taken = Allocated.byThisThread() - before;
    assertTrue(taken < most + 4L * file.length, "allocated " + taken + " for " + file.length);
  }

  /**
   * A little-endian TIFF.
   *
   * @param entries tag, type and value; the value of tag 347 is the length of its content
   * @param content of tag 347
   */
  private static byte[] tiff(int[][] entries, byte[] content) {
    int directory = 16 + content.length;
    ByteBuffer tiff = ByteBuffer.allocate(directory + 6 + 12 * entries.length);
    tiff.order(ByteOrder.LITTLE_ENDIAN).put(new byte[] {'I', 'I', 42, 0}).putInt(directory);
    tiff.putLong(0).put(content).putShort((short) entries.length);
    for (int[] entry : entries) {
      boolean block = entry[0] == 347;
      tiff.putShort((short) entry[0]).putShort((short) entry[1]).putInt(block ? entry[2] : 1);
      tiff.putInt(block ? 16 : entry[2]);
    }
    return tiff.putInt(0).array();
  }

  private static int indexOf(byte[] jpeg, int marker) {
    for (int i = 0; i + 1 < jpeg.length; i++) {
      if (jpeg[i] == (byte) 0xFF && jpeg[i + 1] == (byte) marker) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
