package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;

/** What the demo takes from the command that indexes a folder, which its own test runs. */
class OwnPicturesTest {

  private static String index(String folder, String model) {
    DemoOptions options =
        new DemoOptions(
            DemoOptions.Mode.ONCE, false, 9200, Path.of("."), false, Path.of(folder), model, null);
    return new OwnPictures(options, null, null, null).index();
  }

  @Test
  void eachFolderAndEachModelHasAnIndex() {
    assertTrue(index("/a", null).matches("pictures-[0-9a-f]{8}"), index("/a", null));
    assertEquals(index("/a", null), index("/a", null));
    assertNotEquals(index("/a", null), index("/b", null));
    assertNotEquals(index("/a", null), index("/a", "photos"));
  }

  @Test
  void theLineThatCountsIsRead() {
    String line =
        "200 indexed, 3 unchanged, 0 removed, 1 failed, 6 other files (HEIC 1, PDF 2); model"
            + " clip-vit, 12.3 s";
    Matcher counts = OwnPictures.COUNTS.matcher(line);
    assertTrue(counts.matches());
    assertEquals("1", counts.group(1));
    assertEquals("clip-vit", counts.group(2));
    assertEquals("12.3", counts.group(3));
  }
}
