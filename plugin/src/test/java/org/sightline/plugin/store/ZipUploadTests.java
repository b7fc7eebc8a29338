package org.sightline.plugin.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.test.ESTestCase;
import org.sightline.plugin.store.StoredModel.Part;

public class ZipUploadTests extends ESTestCase {

  private static ZipUpload zip(String folder, Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(folder + file.getKey()));
        zip.write(file.getValue());
      }
    }
    return new ZipUpload(new BytesArray(bytes.toByteArray()));
  }

  /** What arrives, put together by part. */
  private static Map<String, byte[]> sent(ZipUpload zip, StoredModel model, List<Part> missing) {
    Map<String, byte[]> sent = new HashMap<>();
    zip.send(
            model,
            missing,
            (part, bytes) -> {
              assertEquals(part.length(), bytes.length);
              assertNull("once", sent.put(part.id(), bytes));
              return CompletableFuture.completedFuture(null);
            })
        .join();
    return sent;
  }

  public void testAllPartsArriveWithAFolderOrWithout() throws IOException {
    StoredModel model = Bundles.cut(Bundles.model(16), 1000);
    for (String folder : new String[] {"", "tiny-clip/", "a/b/"}) {
      Map<String, byte[]> files = Bundles.files(model);
      files.put("readme.txt", new byte[10]);
      ZipUpload zip = zip(folder, files);
      assertEquals(model.manifest().toJson(), zip.manifest());
      Map<String, byte[]> sent = sent(zip, model, model.parts());
      assertEquals(model.parts().size(), sent.size());
      for (String name : model.manifest().files().keySet()) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Part part : model.parts(model.manifest().files().get(name))) {
          all.write(sent.get(part.id()));
        }
        assertArrayEquals(name, files.get(name), all.toByteArray());
      }
    }
  }

  public void testOnlyWhatIsMissingIsSent() throws IOException {
    StoredModel model = Bundles.cut(Bundles.model(16), 1000);
    List<Part> some = new ArrayList<>(randomSubsetOf(model.parts()));
    assertEquals(some.size(), sent(zip("", Bundles.files(model)), model, some).size());
  }

  public void testFilesThatAreShorterThanTheManifestSays() throws IOException {
    StoredModel model = Bundles.cut(Bundles.model(16), 1000);
    Map<String, byte[]> files = Bundles.files(model);
    files.put("text.onnx", new byte[1500]);
    int parts = model.parts(model.manifest().files().get("text.onnx")).size();
    Map<String, byte[]> sent = sent(zip("", files), model, model.parts());
    assertEquals(model.parts().size() - parts + 1, sent.size());
  }

  public void testWhatIsNoBundle() throws IOException {
    ZipUpload empty = zip("", new TreeMap<>(Map.of("a", new byte[1])));
    String none = "the body is no zip of a bundle: it has no file [model.json]";
    assertEquals(none, expectThrows(IllegalArgumentException.class, empty::manifest).getMessage());
    byte[] text = "hello".getBytes(StandardCharsets.UTF_8);
    ZipUpload junk = new ZipUpload(new BytesArray(text));
    assertEquals(none, expectThrows(IllegalArgumentException.class, junk::manifest).getMessage());
    ZipUpload large = zip("", Map.of("model.json", new byte[(1 << 20) + 1]));
    assertEquals(
        "the manifest has more than the allowed [1048576] bytes",
        expectThrows(IllegalArgumentException.class, large::manifest).getMessage());
  }

  public void testAZipThatUnpacksToFarMoreThanItsSize() throws IOException {
    ZipUpload bomb = zip("", new TreeMap<>(Map.of("a", new byte[(16 << 20) + 1])));
    assertEquals(
        "the body cannot be read as a zip: it unpacks to more than [16777216] bytes",
        expectThrows(IllegalArgumentException.class, bomb::manifest).getMessage());
  }

  public void testAFileThatStandsTwice() throws IOException {
    StoredModel model = Bundles.model(16);
    Map<String, byte[]> files = new TreeMap<>();
    Bundles.files(model).forEach((name, bytes) -> files.put("a/" + name, bytes));
    files.put("b/tokenizer.json", new byte[1]);
    CompletionException failure =
        expectThrows(CompletionException.class, () -> sent(zip("", files), model, model.parts()));
    assertEquals(
        "the body cannot be read as a zip: it has the file [tokenizer.json] twice",
        failure.getCause().getMessage());
  }
}
