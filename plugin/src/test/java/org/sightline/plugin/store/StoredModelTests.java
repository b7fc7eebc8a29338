package org.sightline.plugin.store;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.test.ESTestCase;
import org.sightline.plugin.store.StoredModel.Part;
import org.sightline.runtime.bundle.FileSpec;

public class StoredModelTests extends ESTestCase {
  private static final String SHA256 = "ab".repeat(32);

  public void testPartsOfFiles() throws IOException {
    StoredModel model = Bundles.cut(Bundles.model(16), 10);
    assertEquals(List.of(new Part(SHA256, 0, 0)), model.parts(new FileSpec(SHA256, 0)));
    assertEquals(List.of(new Part(SHA256, 0, 10)), model.parts(new FileSpec(SHA256, 10)));
    assertEquals(
        List.of(new Part(SHA256, 0, 10), new Part(SHA256, 1, 10), new Part(SHA256, 2, 1)),
        model.parts(new FileSpec(SHA256, 21)));
    assertEquals(SHA256 + "-2", new Part(SHA256, 2, 1).id());
  }

  public void testPartsHoldEveryByteOnce() throws IOException {
    StoredModel model = Bundles.cut(Bundles.model(16), between(1, 100_000));
    long all = model.parts().stream().mapToLong(Part::length).sum();
    assertEquals(model.manifest().bytes(), all);
  }

  public void testPartsThatDoNotExist() throws IOException {
    StoredModel model = Bundles.model(16);
    IllegalArgumentException file =
        expectThrows(IllegalArgumentException.class, () -> model.part(SHA256, 0));
    assertEquals(
        "model [tiny-clip] has no file with the SHA-256 [" + SHA256 + "]", file.getMessage());
    String tokenizer = model.manifest().files().get("tokenizer.json").sha256();
    assertEquals(0, model.part(tokenizer, 0).number());
    for (int number : new int[] {-1, 1}) {
      IllegalArgumentException part =
          expectThrows(IllegalArgumentException.class, () -> model.part(tokenizer, number));
      assertEquals(
          "[part] of the file [tokenizer.json] must be 0 to 0, got [" + number + "]",
          part.getMessage());
    }
  }

  public void testManifestsFromOutside() throws IOException {
    assertNotEquals(Bundles.model(16).version(), Bundles.model(8).version());
    IllegalArgumentException other =
        expectThrows(
            IllegalArgumentException.class, () -> StoredModel.parse("other", Bundles.manifest()));
    assertEquals("[id] of the manifest must be [other], got [tiny-clip]", other.getMessage());
    IllegalArgumentException broken =
        expectThrows(IllegalArgumentException.class, () -> StoredModel.parse("other", "{}"));
    assertEquals("the manifest cannot be used: [format_version] is missing", broken.getMessage());
  }

  /** What a manifest claims is counted before it is stored, not when it is listed. */
  public void testManifestsThatClaimMoreThanTheStoreTakes() throws IOException {
    for (String claim : List.of("9000000000000000000", "20000000000000", "99999999999")) {
      String json = Bundles.manifest().replaceFirst("\"bytes\": *\\d+", "\"bytes\": " + claim);
      IllegalArgumentException refused =
          expectThrows(IllegalArgumentException.class, () -> StoredModel.parse(Bundles.ID, json));
      assertEquals(
          "the manifest cannot be used: its [files] have more than the [100000000000] bytes that"
              + " the cluster stores of a model",
          refused.getMessage());
    }
    String padded = Bundles.manifest() + " ".repeat(1 << 20);
    IllegalArgumentException large =
        expectThrows(IllegalArgumentException.class, () -> StoredModel.parse(Bundles.ID, padded));
    assertEquals(
        "the manifest cannot be used: it has ["
            + padded.length()
            + "] characters, allowed are at most [1048576]",
        large.getMessage());
  }
}
