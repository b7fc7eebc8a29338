package org.sightline.plugin.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.core.PathUtils;
import org.sightline.runtime.bundle.BundleManifest;

/** A bundle of the fixtures, and what makes other versions of it. */
final class Bundles {
  static final Path FOLDER = PathUtils.get("../model-runtime/src/test/fixtures/tiny-clip");
  static final String ID = "tiny-clip";

  private Bundles() {}

  static String manifest() throws IOException {
    return Files.readString(FOLDER.resolve("model.json"));
  }

  /** The same bundle, reading that many tokens of a text. */
  static StoredModel model(int maxLength) throws IOException {
    String json = manifest().replaceFirst("\"max_length\": \\d+", "\"max_length\": " + maxLength);
    return StoredModel.parse(ID, json);
  }

  /** The same model cut into parts of another length. */
  static StoredModel cut(StoredModel model, int partBytes) {
    return new StoredModel(model.manifest(), model.version(), partBytes);
  }

  /** The bundle's files by name, with the manifest. */
  static Map<String, byte[]> files(StoredModel model) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    files.put(BundleManifest.FILE_NAME, model.manifest().toJson().getBytes(StandardCharsets.UTF_8));
    for (String name : model.manifest().files().keySet()) {
      files.put(name, Files.readAllBytes(FOLDER.resolve(name)));
    }
    return files;
  }
}
