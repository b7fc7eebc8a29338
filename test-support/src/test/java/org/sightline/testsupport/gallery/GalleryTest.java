package org.sightline.testsupport.gallery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The gallery that is shipped. */
class GalleryTest {
  private final Gallery gallery = Gallery.read(Path.of("../gallery-demo/gallery/noto.zip"));

  @Test
  void everyPictureIsAPngWithAnIdOfItsOwn() {
    Set<String> ids = new HashSet<>();
    for (Picture picture : gallery.pictures()) {
      assertTrue(ids.add(picture.id()), picture.id());
      assertEquals((byte) 0x89, picture.png()[0], picture.name());
      assertEquals('P', picture.png()[1], picture.name());
    }
    assertEquals(3786, ids.size());
  }

  @Test
  void namesWithoutSkinTones() {
    assertEquals(1906, gallery.namesWithoutSkinTones().size());
    assertTrue(gallery.namesWithoutSkinTones().contains("red heart"));
    assertTrue(
        gallery.namesWithoutSkinTones().stream().noneMatch(name -> name.contains("skin tone")));
  }

  @Test
  void aNameThatIsNotThereIsRefused() {
    assertEquals(
        "the gallery has no picture [no such thing]",
        assertThrows(IllegalArgumentException.class, () -> gallery.named("no such thing"))
            .getMessage());
  }
}
