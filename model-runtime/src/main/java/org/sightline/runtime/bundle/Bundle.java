package org.sightline.runtime.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sightline.runtime.inference.Digest;

/**
 * A bundle on disk.
 *
 * @param folder holds the manifest and the files it lists
 * @param manifest as read from that folder
 */
public record Bundle(Path folder, BundleManifest manifest) {
  /**
   * Reads the manifest of a folder; the other files are not looked at.
   *
   * @throws BundleException when it cannot be read or is not valid
   */
  public static Bundle read(Path folder) {
    BundleManifest manifest = BundleManifest.read(folder.resolve(BundleManifest.FILE_NAME));
    String name = folder.getFileName().toString();
    if (!manifest.id().equals(name)) {
      throw new BundleException(
          "[id] must equal the name of the folder [%s], got [%s]", name, manifest.id());
    }
    return new Bundle(folder, manifest);
  }

  /** Path of one of the bundle's files. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /**
   * Reads every file of the bundle and compares length and SHA-256.
   *
   * @throws BundleException naming the first file that is missing or another one
   */
  public void verify() {
    manifest.files().forEach(this::verify);
  }

  private void verify(String name, FileSpec expected) {
    Path file = file(name);
    try {
      if (!Files.isRegularFile(file)) {
        throw new BundleException("the file [%s] is missing", name);
      }
      long bytes = Files.size(file);
      if (bytes != expected.bytes()) {
        throw new BundleException(
            "the file [%s] has %s bytes, the manifest says %s", name, bytes, expected.bytes());
      }
      String sha256 = Digest.sha256(file);
      if (!sha256.equals(expected.sha256())) {
        throw new BundleException(
            "the file [%s] has the SHA-256 [%s], the manifest says [%s]",
            name, sha256, expected.sha256());
      }
    } catch (IOException e) {
      throw new BundleException(e, "the file [%s] cannot be read: %s", name, e);
    }
  }
}
