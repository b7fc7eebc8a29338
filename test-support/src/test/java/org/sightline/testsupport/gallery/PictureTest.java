package org.sightline.testsupport.gallery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;

class PictureTest {
  private static final Gallery PICTURES =
      new Gallery(List.of(picture("one", 0xff0000), picture("two", 0x00ff00)));

  private static Picture picture(String name, int colour) {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    image.setRGB(1, 1, colour);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", png);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return new Picture(name, name, name, false, png.toByteArray());
  }

  private static int[] pixels(String base64) throws IOException {
    byte[] png = Base64.getDecoder().decode(base64);
    return ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(png)))
        .getRGB(0, 0, 3, 2, null, 0, 3);
  }

  @Test
  void uniquePicturesDifferInBytesAndNotInPixels() throws IOException {
    assertEquals(PICTURES.get(1).base64(), PICTURES.get(3).base64());
    assertNotEquals(PICTURES.get(1).unique(1), PICTURES.get(3).unique(3));
    assertArrayEquals(pixels(PICTURES.get(1).base64()), pixels(PICTURES.get(3).unique(3)));
    assertArrayEquals(pixels(PICTURES.get(0).base64()), pixels(PICTURES.get(-2).unique(-2)));
  }

  @Test
  void textsHaveOneToTwelveNamesAndTheirNumber() {
    assertEquals("one number 0", PICTURES.text(0));
    assertEquals(14, PICTURES.text(11).split(" ").length);
    assertEquals("one number 12", PICTURES.text(12));
  }
}
