package org.sightline.plugin.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;

/**
 * A version of a model as the cluster stores it.
 *
 * @param manifest as pushed
 * @param version SHA-256 of the manifest
 * @param partBytes length of each part of a file but its last
 */
record StoredModel(BundleManifest manifest, String version, int partBytes) {
  /** As large as a document should be, as small as a file of a gigabyte needs for few of them. */
  static final int PART_BYTES = 4 << 20;

  /** Of a manifest, as of one on disk. */
  static final int MAX_MANIFEST_BYTES = 1 << 20;

  /** Of all files of a model: the store counts and lists its parts. */
  static final long MAX_BYTES = 100_000_000_000L;

  /**
   * A part of a file.
   *
   * @param sha256 of the whole file
   * @param number from 0
   * @param length in bytes
   */
  record Part(String sha256, int number, int length) {
    /** Id of the document that holds it. */
    String id() {
      return sha256 + "-" + number;
    }
  }

  static StoredModel of(BundleManifest manifest) {
    return new StoredModel(manifest, manifest.fingerprint(), PART_BYTES);
  }

  /**
   * A manifest as it came from outside.
   *
   * @throws IllegalArgumentException when it cannot be used, or is another model's
   */
  static StoredModel parse(String id, String json) {
    BundleManifest manifest;
    try {
      if (json.length() > MAX_MANIFEST_BYTES) {
        throw new BundleException(
            "it has [%s] characters, allowed are at most [%s]", json.length(), MAX_MANIFEST_BYTES);
      }
      manifest = bounded(BundleManifest.parse(json));
    } catch (BundleException e) {
      throw new IllegalArgumentException("the manifest cannot be used: " + e.getMessage(), e);
    }
    if (manifest.id().equals(id) == false) {
      throw new IllegalArgumentException(
          "[id] of the manifest must be [" + id + "], got [" + manifest.id() + "]");
    }
    return of(manifest);
  }

  /**
   * The manifest, if the store has room for what it claims.
   *
   * @throws BundleException when it claims more
   */
  static BundleManifest bounded(BundleManifest manifest) {
    long bytes = 0;
    for (FileSpec file : manifest.files().values()) {
      // a sum of huge numbers would become a small one
      bytes = file.bytes() > MAX_BYTES ? Long.MAX_VALUE : bytes + file.bytes();
      if (bytes > MAX_BYTES) {
        throw new BundleException(
            "its [files] have more than the [%s] bytes that the cluster stores of a model",
            MAX_BYTES);
      }
    }
    return manifest;
  }

  String id() {
    return manifest.id();
  }

  /** Names of the bundle's files by content; files with the same content are one. */
  Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    manifest.files().forEach((name, file) -> names.putIfAbsent(file.sha256(), name));
    return names;
  }

  /** The parts of a file, in order; at least one. */
  List<Part> parts(FileSpec file) {
    List<Part> parts = new ArrayList<>();
    long at = 0;
    do {
      parts.add(
          new Part(file.sha256(), parts.size(), (int) Math.min(partBytes, file.bytes() - at)));
      at += partBytes;
    } while (at < file.bytes());
    return parts;
  }

  /** The parts of all files, each content once. */
  List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    names().values().forEach(name -> parts.addAll(parts(manifest.files().get(name))));
    return parts;
  }

  /**
   * The part of that content and number.
   *
   * @throws IllegalArgumentException when the model has no such part
   */
  Part part(String sha256, int number) {
    String name = names().get(sha256);
    if (name == null) {
      throw new IllegalArgumentException(
          "model [" + id() + "] has no file with the SHA-256 [" + sha256 + "]");
    }
    List<Part> parts = parts(manifest.files().get(name));
    if (number < 0 || number >= parts.size()) {
      throw new IllegalArgumentException(
          "[part] of the file ["
              + name
              + "] must be 0 to "
              + (parts.size() - 1)
              + ", got ["
              + number
              + "]");
    }
    return parts.get(number);
  }
}
