package org.sightline.plugin.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.lucene.tests.util.LuceneTestCase.SuppressFileSystems;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;

// what is in a folder beside the copy is what these tests look at
@SuppressFileSystems("ExtrasFS")
public class ModelCopiesTests extends ESTestCase {
  private Path root;
  private ModelCopies copies;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    root = createTempDir().resolve("models");
    copies = new ModelCopies(root);
  }

  private ModelCopies.Copy filled(StoredModel model) throws IOException {
    ModelCopies.Copy copy = copies.begin(model);
    for (String name : model.manifest().files().keySet()) {
      byte[] bytes = Files.readAllBytes(Bundles.FOLDER.resolve(name));
      int half = bytes.length / 2;
      copy.append(name, Arrays.copyOf(bytes, half));
      copy.append(name, Arrays.copyOfRange(bytes, half, bytes.length));
    }
    return copy;
  }

  private List<String> versions() {
    return copies.all().stream().map(bundle -> bundle.manifest().fingerprint()).sorted().toList();
  }

  public void testACopyAppearsWhenItIsComplete() throws IOException {
    assertEquals(List.of(), copies.all());
    StoredModel model = Bundles.model(16);
    ModelCopies.Copy copy = filled(model);
    assertFalse(Files.exists(root.resolve(model.version())));
    Bundle bundle = copy.finish();
    bundle.verify();
    assertEquals("tiny-clip", bundle.manifest().id());
    copies.tried(model.version());
    assertEquals(List.of(model.version()), versions());
    copies.remove(model.version());
    assertEquals(List.of(), versions());
  }

  public void testVersionsLieSideBySide() throws IOException {
    loaded(Bundles.model(16));
    loaded(Bundles.model(8));
    assertEquals(2, versions().size());
    loaded(Bundles.model(8));
    assertEquals(2, versions().size());
  }

  private void loaded(StoredModel model) throws IOException {
    filled(model).finish();
    copies.tried(model.version());
  }

  /** It may have ended the process, and would end the next one. */
  public void testACopyThatWasNotLoadedDoesNotOutliveTheProcess() throws IOException {
    StoredModel loaded = Bundles.model(16);
    loaded(loaded);
    filled(Bundles.model(8)).finish(); // the process ends here
    assertEquals(List.of(loaded.version()), versions());
    try (var children = Files.list(root)) {
      assertEquals("nothing else stays", 1, children.count());
    }
  }

  public void testDamagedFilesAreRefused() throws IOException {
    ModelCopies.Copy copy = filled(Bundles.model(16));
    copy.append("text.onnx", new byte[] {1});
    BundleException e = expectThrows(BundleException.class, copy::finish);
    assertTrue(e.getMessage(), e.getMessage().startsWith("the file [text.onnx] has "));
    assertEquals(List.of(), versions());
    try (var children = Files.list(root)) {
      assertEquals("nothing stays", 0, children.count());
    }
  }

  public void testWhatACrashLeavesIsRemoved() throws IOException {
    StoredModel model = Bundles.model(16);
    loaded(model);
    filled(Bundles.model(8)); // the process ends here
    Files.createDirectories(root.resolve("something"));
    assertEquals(List.of(model.version()), versions());
    Files.writeString(root.resolve(model.version()).resolve("tiny-clip/model.json"), "{}");
    assertEquals(List.of(), versions());
    try (var children = Files.list(root)) {
      assertEquals("nothing stays", 0, children.count());
    }
  }
}
