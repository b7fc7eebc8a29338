package org.sightline.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.gallery.Picture;

class PictureVariantsTest {

  @Test
  void eachNumberIsAnotherPictureAndTheSameEveryTime() throws Exception {
    BufferedImage square = new BufferedImage(16, 16, BufferedImage.TYPE_INT_ARGB);
    for (int i = 4; i < 12; i++) {
      for (int j = 4; j < 12; j++) {
        square.setRGB(i, j, 0xFFFF0000);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(square, "png", png);
    Picture picture = new Picture("1", "red square", "", false, png.toByteArray());
    PictureVariants variants = new PictureVariants(List.of(picture));
    Set<Integer> corners = new HashSet<>();
    Set<Integer> centres = new HashSet<>();
    for (int number = 0; number < 20; number++) {
      byte[] bytes = variants.png(number);
      assertArrayEquals(bytes, variants.png(number));
      BufferedImage varied =
          ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes)));
      assertEquals(64, varied.getWidth());
      corners.add(varied.getRGB(0, 0));
      centres.add(varied.getRGB(32, 32));
    }
    assertTrue(corners.size() > 5, "grounds: " + corners.size());
    assertTrue(centres.size() > 15, "colours: " + centres.size());
  }
}
