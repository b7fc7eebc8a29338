package org.sightline.cli.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.cli.web.TransferException;

class FolderWalkTest {
  @TempDir private Path folder;

  private Path write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private List<String> paths() {
    return FolderWalk.of(folder).files().stream().map(FoundFile::path).toList();
  }

  @Test
  void allFilesButHiddenOnesAreFound() throws IOException {
    write("b.png", new byte[3]);
    write("two words/a_b.c.jpg", new byte[5]);
    write("two words/deep/er/c", new byte[0]);
    write(".thumbnails/d.png", new byte[1]);
    write("._b.png", new byte[1]);
    assertEquals(List.of("b.png", "two words/a_b.c.jpg", "two words/deep/er/c"), paths());
    FoundFile file = FolderWalk.of(folder).files().get(1);
    assertEquals(5, file.bytes());
    assertEquals("two words", file.folder());
    assertEquals("a b.c", file.name());
    assertEquals(file.path(), file.id());
    Instant modified = Files.getLastModifiedTime(file.file()).toInstant();
    assertEquals(modified.toEpochMilli(), file.modified().toEpochMilli());
  }

  @Test
  void linksAreFollowedAndLoopsAreLeftOut() throws IOException {
    write("a/b.png", new byte[3]);
    Files.createSymbolicLink(folder.resolve("a/up"), folder);
    Files.createSymbolicLink(folder.resolve("broken"), folder.resolve("nothing"));
    Files.createSymbolicLink(folder.resolve("c.png"), folder.resolve("a/b.png"));
    assertEquals(List.of("a/b.png", "c.png"), paths());
    assertEquals(Map.of(), FolderWalk.of(folder).failures());
  }

  @Test
  void lettersAreComposedAndLongPathsHaveAnId() {
    Instant now = Instant.EPOCH;
    FoundFile longest = new FoundFile(folder, "\u00FC".repeat(256), 1, now);
    assertEquals(longest.path(), longest.id());
    FoundFile longer = new FoundFile(folder, "\u00FC".repeat(257), 1, now);
    assertTrue(longer.id().matches("[0-9a-f]{64}"), longer.id());
  }

  @Test
  void namesOfMacsAndOthersAreTheSame() throws IOException {
    try {
      write("u\u0308ber.png", new byte[1]);
    } catch (InvalidPathException e) {
      return; // a process in the C locale
    }
    assertEquals(List.of("\u00FCber.png"), paths());
  }

  @Test
  void aFolderMustBeThere() {
    String message =
        assertThrows(TransferException.class, () -> FolderWalk.of(folder.resolve("none")))
            .getMessage();
    assertEquals("there is no folder [" + folder.resolve("none") + "]", message);
  }

  @Test
  void picturesAreKnownByTheirFirstBytes() throws IOException {
    write("a.txt", TestPictures.of("png", 4, 4));
    write("b.jpg", "just words".getBytes(StandardCharsets.US_ASCII));
    write("c.heic", "\0\0\0\u0018ftypheic".getBytes(StandardCharsets.ISO_8859_1));
    write("d.cr2", "II*\0\u0010\0\0\0CR\2\0".getBytes(StandardCharsets.ISO_8859_1));
    write("e.tif", "II*\0\u0010\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
    FirstLook look = new FirstLook();
    List<FoundFile> files = FolderWalk.of(folder).files();
    assertTrue(look.isPicture(files.get(0)));
    assertFalse(look.isPicture(files.get(1)));
    assertFalse(look.isPicture(files.get(2)));
    assertFalse(look.isPicture(files.get(3)));
    assertTrue(look.isPicture(files.get(4)));
    assertEquals("3 other files (HEIC 1, CR2 1)", look.others());
  }
}
