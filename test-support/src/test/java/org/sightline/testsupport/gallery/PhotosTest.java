package org.sightline.testsupport.gallery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;

class PhotosTest {

  @Test
  void aSeedGivesOnePhotograph() throws IOException {
    byte[] photo = Photos.photo(3, 500, 375);
    assertArrayEquals(photo, Photos.photo(3, 500, 375));
    assertFalse(Arrays.equals(photo, Photos.photo(4, 500, 375)));
  }

  /** Between a blur and noise: photographs of this size and quality have 30 to 90 kB. */
  @Test
  void itIsAboutAsHardToCompressAsAPhotograph() throws IOException {
    int bytes = Photos.photo(1, 500, 375).length;
    assertTrue(bytes > 30_000 && bytes < 90_000, bytes + " bytes");
  }

  @Test
  void colourHasHalfTheResolution() throws IOException {
    byte[] photo = Photos.photo(1, 64, 48);
    int at = startOfFrame(photo);
    assertEquals(0x22, photo[at + 11], "sampling of the first component");
    assertEquals(0x11, photo[at + 14], "sampling of the second one");
  }

  private static int startOfFrame(byte[] jpeg) {
    for (int i = 0; i < jpeg.length - 1; i++) {
      if (jpeg[i] == (byte) 0xFF && jpeg[i + 1] == (byte) 0xC0) {
        return i;
      }
    }
    throw new AssertionError("no start of frame");
  }

  @Test
  void aCommentChangesBytesAndNoPixel() throws IOException {
    byte[] photo = Photos.photo(2, 80, 60);
    byte[] other = Photos.commented(photo, 0x01020304);
    assertEquals(photo.length + 8, other.length);
    assertArrayEquals(pixels(photo), pixels(other));
    assertFalse(Arrays.equals(other, Photos.commented(photo, 5)));
  }

  private static int[] pixels(byte[] jpeg) throws IOException {
    return ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg)))
        .getRGB(0, 0, 80, 60, null, 0, 80);
  }
}
