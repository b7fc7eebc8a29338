package org.sightline.plugin.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.elasticsearch.common.bytes.BytesReference;
import org.sightline.plugin.store.StoredModel.Part;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;

/**
 * A bundle as the body of one request: a zip of its files, with or without a folder around them.
 * Only what the manifest lists is read, and no more of it than the manifest says.
 */
final class ZipUpload {
  /** As of a manifest on disk. */
  private static final int MAX_MANIFEST_BYTES = 1 << 20;

  private final BytesReference zip;

  ZipUpload(BytesReference zip) {
    this.zip = zip;
  }

  /**
   * The text of the manifest.
   *
   * @throws IllegalArgumentException when there is none, or the body is no zip
   */
  String manifest() {
    try (ZipInputStream in = open()) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (name(entry).equals(BundleManifest.FILE_NAME)) {
          byte[] bytes = in.readNBytes(MAX_MANIFEST_BYTES + 1);
          if (bytes.length > MAX_MANIFEST_BYTES) {
            throw new IllegalArgumentException(
                "the manifest has more than the allowed [" + MAX_MANIFEST_BYTES + "] bytes");
          }
          return new String(bytes, StandardCharsets.UTF_8);
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    throw new IllegalArgumentException(
        "the body is no zip of a bundle: it has no file [" + BundleManifest.FILE_NAME + "]");
  }

  /** Takes a part into the store. */
  interface Sink {
    CompletableFuture<?> put(Part part, byte[] bytes);
  }

  /** Hands on those parts that are missing, one after the other. */
  CompletableFuture<Void> send(StoredModel model, List<Part> missing, Sink sink) {
    Set<String> wanted = missing.stream().map(Part::id).collect(Collectors.toSet());
    ZipInputStream in = open();
    return next(in, model, wanted, sink)
        .whenComplete(
            (done, failure) -> {
              try {
                in.close();
              } catch (IOException e) {
                throw unreadable(e);
              }
            });
  }

  private CompletableFuture<Void> next(
      ZipInputStream in, StoredModel model, Set<String> wanted, Sink sink) {
    try {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        FileSpec file = model.manifest().files().get(name(entry));
        if (file != null) {
          return parts(in, model.parts(file), 0, wanted, sink)
              .thenCompose(done -> next(in, model, wanted, sink));
        }
      }
      return CompletableFuture.completedFuture(null);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(unreadable(e));
    }
  }

  private CompletableFuture<Void> parts(
      InputStream in, List<Part> parts, int from, Set<String> wanted, Sink sink) {
    try {
      for (int at = from; at < parts.size(); at++) {
        Part part = parts.get(at);
        byte[] bytes = in.readNBytes(part.length());
        if (bytes.length == part.length() && wanted.remove(part.id())) {
          int after = at + 1;
          return sink.put(part, bytes).thenCompose(done -> parts(in, parts, after, wanted, sink));
        }
      }
      return CompletableFuture.completedFuture(null);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(unreadable(e));
    }
  }

  private ZipInputStream open() {
    try {
      return new ZipInputStream(zip.streamInput(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Without the folder around the bundle. */
  private static String name(ZipEntry entry) {
    return entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
  }

  private static IllegalArgumentException unreadable(IOException e) {
    return new IllegalArgumentException("the body cannot be read as a zip: " + e.getMessage(), e);
  }
}
