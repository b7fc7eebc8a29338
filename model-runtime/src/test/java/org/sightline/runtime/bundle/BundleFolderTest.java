package org.sightline.runtime.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.bundle.BundleFolder.Entry;

class BundleFolderTest {
  private static final Path FIXTURES = Path.of("src/test/fixtures");

  @TempDir private Path folder;

  private Path copy(String id, String as) throws IOException {
    Path target = Files.createDirectories(folder.resolve(as));
    try (Stream<Path> files = Files.list(FIXTURES.resolve(id))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  private static String reason(Entry entry) {
    return assertInstanceOf(Entry.Broken.class, entry).reason();
  }

  @Test
  void listsValidAndBrokenBundles() throws IOException {
    copy("tiny-clip", "tiny-clip");
    copy("tiny-clip", "renamed");
    Files.writeString(copy("tiny-blip", "tiny-blip").resolve("model.json"), "{");
    Files.createDirectories(folder.resolve("no-bundle"));
    Files.writeString(folder.resolve("README.md"), "not a folder");

    Map<String, Entry> entries =
        BundleFolder.scan(List.of(folder, folder.resolve("does-not-exist")));

    assertEquals(Set.of("tiny-clip", "renamed", "tiny-blip"), entries.keySet());
    assertInstanceOf(Entry.Valid.class, entries.get("tiny-clip"));
    assertEquals(
        "[id] must equal the name of the folder [renamed], got [tiny-clip]",
        reason(entries.get("renamed")));
    assertEquals(
        "the manifest is not valid JSON:" + " End of input at line 1 column 2 path $.",
        reason(entries.get("tiny-blip")));
  }

  @Test
  void anIdInTwoFoldersIsBroken() throws IOException {
    copy("tiny-clip", "tiny-clip");
    Map<String, Entry> entries = BundleFolder.scan(List.of(FIXTURES, folder));
    assertEquals("two folders hold a bundle [tiny-clip]", reason(entries.get("tiny-clip")));
  }

  @Test
  void verifiesEveryFile() throws IOException {
    Path clip = copy("tiny-clip", "tiny-clip");
    Bundle.read(clip).verify();

    Path image = clip.resolve("image.onnx");
    byte[] original = Files.readAllBytes(image);
    byte[] other = original.clone();
    other[original.length / 2] ^= 1;
    Files.write(image, other);
    String sha256 = Bundle.read(clip).manifest().files().get("image.onnx").sha256();
    assertEquals(
        "the file [image.onnx] has the SHA-256 ["
            + org.sightline.runtime.inference.Digest.sha256(other)
            + "], the manifest says ["
            + sha256
            + "]",
        refusal(clip));

    Files.write(image, new byte[3]);
    assertEquals(
        "the file [image.onnx] has 3 bytes, the manifest says " + original.length, refusal(clip));

    Files.delete(image);
    assertEquals("the file [image.onnx] is missing", refusal(clip));
  }

  private static String refusal(Path bundle) {
    Bundle read = Bundle.read(bundle);
    return assertThrows(BundleException.class, read::verify).getMessage();
  }
}
