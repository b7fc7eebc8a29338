package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.runtime.image.Pngs.bytes;
import static org.sightline.runtime.image.Pngs.chunk;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.pixels.DecodedImage;
import org.sightline.runtime.inference.InferenceException;

class ImageDecoderTest {
  private static final Path IMAGES = Path.of("src/test/fixtures/images");

  private final ImageDecoder decoder = new ImageDecoder(1 << 20, 1_000_000, 2_000_000);

  private byte[] rgb(byte[] encoded) {
    return decoder.decode(encoded, Transparency.DROP).rgb();
  }

  private byte[] onWhite(byte[] encoded) {
    return decoder.decode(encoded, Transparency.WHITE).rgb();
  }

  private String refusal(byte[] encoded) {
    InferenceException e =
        assertThrows(InferenceException.class, () -> decoder.decode(encoded, Transparency.DROP));
    assertEquals(InferenceException.Kind.INVALID_INPUT, e.kind());
    return e.getMessage();
  }

  @Test
  void refusesWhatIsNoImage() {
    assertEquals(
        "is not an image: 4 bytes, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF",
        refusal("text".getBytes(StandardCharsets.UTF_8)));
    assertEquals("is empty, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF", refusal(new byte[0]));
  }

  @Test
  void namesFormatsThatItDoesNotRead() {
    assertEquals(
        "is a HEIC picture, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF: convert it to JPEG or"
            + " PNG",
        refusal("\0\0\0\u0018ftypheic\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1)));
    assertEquals(
        "is a camera raw file (CR2), expected one of JPEG, PNG, GIF, BMP, WebP, TIFF: develop it to"
            + " JPEG or TIFF, or send the preview that it holds",
        refusal("II*\0\u0010\0\0\0CR\u0002\0".getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Test
  void refusesTooManyBytes() {
    assertEquals(
        "has 1048577 bytes, allowed are at most 1048576", refusal(new byte[(1 << 20) + 1]));
  }

  @Test
  void refusesTooManyPixelsFromTheHeader() {
    byte[] huge = Pngs.encode(30_000, 30_000, 8, Pngs.RGB, new byte[0]);
    assertEquals("has 30000 x 30000 pixels, allowed are at most 1000000 pixels", refusal(huge));
    InferenceException e = assertThrows(InferenceException.class, () -> decoder.header(huge));
    assertEquals("has 30000 x 30000 pixels, allowed are at most 1000000 pixels", e.getMessage());
  }

  @Test
  void refusesWhatWouldTakeTooMuchHeap() {
    byte[] deep = Pngs.encode(1000, 300, 16, Pngs.RGBA, new byte[0]);
    assertEquals(
        "has 1000 x 300 pixels that take 2400000 bytes of memory, allowed are at most 2000000",
        refusal(deep));
  }

  @Test
  void refusesACanvasThatIsLargerThanItsFrame() throws IOException {
    byte[] gif = Files.readAllBytes(IMAGES.resolve("palette-90x60.gif"));
    gif[7] = (byte) 0xFF; // high byte of the canvas's width
    assertEquals("has 65370 x 60 pixels, allowed are at most 1000000 pixels", refusal(gif));
  }

  @ParameterizedTest
  @CsvSource({
    "scene-640x427.jpg, JPEG, 640, 427, 1093120",
    "grey-200x150.jpg, JPEG, 200, 150, 30000",
    "scene-17x91.png, PNG, 17, 91, 4641",
    "alpha-100x100.png, PNG, 100, 100, 40000",
    "palette-90x60.gif, GIF, 90, 60, 5400",
    "scene-50x41.bmp, BMP, 50, 41, 6150",
    "../images-formats/cmyk.jpg, JPEG, 45, 31, 5580",
    "../images-formats/lossy-75.webp, WEBP, 45, 31, 5580",
    "../images-formats/lossless.webp, WEBP, 45, 31, 24951",
    // two strips: the image, and one strip beside it
    "../images-formats/rgb-big-endian-16.tif, TIFF, 45, 31, 12690",
    // turning takes a copy
    "../images-formats/orientation-6.jpg, JPEG, 18, 33, 4158"
  })
  void readsHeaders(String file, ImageFormat format, int width, int height, long bytes)
      throws IOException {
    assertEquals(
        new ImageHeader(format, width, height, bytes),
        decoder.header(Files.readAllBytes(IMAGES.resolve(file))));
  }

  /** Every prefix that has lost at least a tenth is refused, none gives a grey half picture. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "scene-640x427.jpg",
        "grey-200x150.jpg",
        "scene-64x64.png",
        "palette-77x120.png",
        "palette-90x60.gif",
        "scene-50x41.bmp",
        "../images-formats/cmyk.jpg",
        "../images-formats/lossless.webp",
        "../images-formats/lossy-alpha.webp",
        "../images-formats/rgb-lzw.tif",
        "../images-formats/rgb-raw.tif"
      })
  void refusesTruncatedImages(String file) throws IOException {
    byte[] whole = Files.readAllBytes(IMAGES.resolve(file));
    rgb(whole);
    for (int percent = 90; percent > 0; percent -= 7) {
      String message = refusal(Arrays.copyOf(whole, whole.length * percent / 100));
      assertTrue(
          message.startsWith("is a damaged or unsupported ")
              || message.startsWith("is not an image: "),
          percent + " %: " + message);
    }
  }

  @Test
  void aJpegWithoutItsEndIsTruncated() throws IOException {
    byte[] whole = Files.readAllBytes(IMAGES.resolve("scene-640x427.jpg"));
    assertEquals(
        "is a damaged or unsupported JPEG image: Truncated File - Missing EOI marker",
        refusal(Arrays.copyOf(whole, whole.length - 2)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "gif", "bmp"})
  void readsASinglePixel(String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BufferedImage pixel = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    pixel.setRGB(0, 0, 0xFFFFFF);
    assertTrue(ImageIO.write(pixel, format, new MemoryCacheImageOutputStream(out)));
    assertArrayEquals(bytes(255, 255, 255), rgb(out.toByteArray()));
  }

  @Test
  void greyIsCopiedToAllChannelsWithoutGamma() {
    byte[] png = Pngs.encode(3, 1, 8, Pngs.GREY, bytes(0, 77, 255));
    assertArrayEquals(bytes(0, 0, 0, 77, 77, 77, 255, 255, 255), rgb(png));
  }

  @Test
  void greyOfFewerBitsIsScaled() {
    assertArrayEquals(
        bytes(0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255),
        rgb(Pngs.encode(4, 1, 2, Pngs.GREY, bytes(0b00_01_10_11))));
    assertArrayEquals(
        bytes(255, 255, 255, 0, 0, 0), rgb(Pngs.encode(2, 1, 1, Pngs.GREY, bytes(0b1000_0000))));
  }

  @Test
  void sixteenBitsKeepTheHighByte() {
    assertArrayEquals(
        bytes(1, 3, 5), rgb(Pngs.encode(1, 1, 16, Pngs.RGB, bytes(1, 2, 3, 4, 5, 6))));
    assertArrayEquals(bytes(9, 9, 9), rgb(Pngs.encode(1, 1, 16, Pngs.GREY, bytes(9, 200))));
  }

  @Test
  void alphaIsDroppedOrComposedOnWhite() {
    byte[] png =
        Pngs.encode(3, 1, 8, Pngs.RGBA, bytes(10, 20, 30, 0, 10, 20, 30, 128, 1, 2, 3, 255));
    assertArrayEquals(bytes(10, 20, 30, 10, 20, 30, 1, 2, 3), rgb(png));
    // Pillow: (10 * 128 + 255 * 127) / 255 = 132.02, and so on
    assertArrayEquals(bytes(255, 255, 255, 132, 137, 142, 1, 2, 3), onWhite(png));

    byte[] grey = Pngs.encode(2, 1, 8, Pngs.GREY_ALPHA, bytes(100, 0, 100, 255));
    assertArrayEquals(bytes(100, 100, 100, 100, 100, 100), rgb(grey));
    assertArrayEquals(bytes(255, 255, 255, 100, 100, 100), onWhite(grey));
  }

  @Test
  void aTransparentColourIsAlpha() {
    byte[] colour =
        Pngs.encode(
            2, 1, 8, Pngs.RGB, bytes(1, 2, 3, 4, 5, 6), chunk("tRNS", bytes(0, 1, 0, 2, 0, 3)));
    assertArrayEquals(bytes(1, 2, 3, 4, 5, 6), rgb(colour));
    assertArrayEquals(bytes(255, 255, 255, 4, 5, 6), onWhite(colour));
  }

  @Test
  void palettesMayBeTransparent() {
    byte[] png =
        Pngs.encode(
            3,
            1,
            8,
            Pngs.PALETTE,
            bytes(0, 1, 2),
            chunk("PLTE", bytes(1, 2, 3, 10, 20, 30, 100, 100, 100)),
            chunk("tRNS", bytes(255, 128)));
    assertArrayEquals(bytes(1, 2, 3, 10, 20, 30, 100, 100, 100), rgb(png));
    assertArrayEquals(bytes(1, 2, 3, 132, 137, 142, 100, 100, 100), onWhite(png));
  }

  @Test
  void aGifFrameLiesOnItsCanvas() throws IOException {
    byte[] gif = Files.readAllBytes(IMAGES.resolve("palette-90x60.gif"));
    byte[] frame = rgb(gif);
    int descriptor = imageDescriptor(gif);
    gif[6] = 100; // canvas 100 x 64, frame at (3, 2)
    gif[8] = 64;
    gif[descriptor + 1] = 3;
    gif[descriptor + 3] = 2;

    DecodedImage image = decoder.decode(gif, Transparency.DROP);

    assertEquals(100, image.width());
    assertEquals(64, image.height());
    byte[] pixels = image.rgb();
    for (int y = 0; y < 60; y++) {
      int from = 3 * ((y + 2) * 100 + 3);
      assertArrayEquals(
          Arrays.copyOfRange(frame, 3 * 90 * y, 3 * 90 * (y + 1)),
          Arrays.copyOfRange(pixels, from, from + 3 * 90));
    }
    byte[] background = Arrays.copyOfRange(gif, 13, 16);
    assertArrayEquals(background, Arrays.copyOf(pixels, 3));
  }

  private static int imageDescriptor(byte[] gif) {
    int at = 13 + ((gif[10] & 0x80) == 0 ? 0 : 3 * (2 << (gif[10] & 7)));
    while (gif[at] == 0x21) {
      at += 2;
      while (gif[at] != 0) {
        at += (gif[at] & 0xFF) + 1;
      }
      at++;
    }
    assertEquals(0x2C, gif[at]);
    return at;
  }
}
