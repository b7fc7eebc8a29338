package org.sightline.plugin.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
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
  /** A zip may unpack to so many times its size: weights are hardly smaller in a zip. */
  private static final int LARGEST_RATIO = 20;

  /** Whatever its size, a zip may unpack to so many bytes. */
  private static final int SMALL_BYTES = 16 << 20;

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
          byte[] bytes = in.readNBytes(StoredModel.MAX_MANIFEST_BYTES + 1);
          if (bytes.length > StoredModel.MAX_MANIFEST_BYTES) {
            throw new IllegalArgumentException(
                "the manifest has more than the allowed ["
                    + StoredModel.MAX_MANIFEST_BYTES
                    + "] bytes");
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
    return next(in, model, new HashSet<>(), wanted, sink)
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
      ZipInputStream in, StoredModel model, Set<String> read, Set<String> wanted, Sink sink) {
    try {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        FileSpec file = model.manifest().files().get(name(entry));
        if (file != null) {
          if (read.add(name(entry)) == false) {
            throw new IOException("it has the file [" + name(entry) + "] twice");
          }
          return parts(in, model.parts(file), 0, wanted, sink)
              .thenCompose(done -> next(in, model, read, wanted, sink));
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
      return new Bounded(
          zip.streamInput(), Math.max(SMALL_BYTES, (long) LARGEST_RATIO * zip.length()));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Counts what is unpacked, also what is skipped. */
  private static final class Bounded extends ZipInputStream {
    private final long most;
    private long unpacked;

    Bounded(InputStream in, long most) {
      super(in, StandardCharsets.UTF_8);
      this.most = most;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = super.read(buffer, offset, length);
      unpacked += Math.max(0, count);
      if (unpacked > most) {
        throw new IOException("it unpacks to more than [" + most + "] bytes");
      }
      return count;
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
