package org.sightline.plugin.store;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.core.IOUtils;
import org.elasticsearch.env.Environment;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;

/**
 * Copies of the cluster's models on this node's disk, a folder for each version. A copy appears
 * under its name when it is complete; what is half there after a crash is removed at the next
 * start. Not thread-safe: one fetch at a time.
 */
final class ModelCopies {
  private static final Logger logger = LogManager.getLogger(ModelCopies.class);

  private static final String UNFINISHED = ".fetching-";

  /** A file of this name says that a copy was not loaded yet, so that a start leaves it alone. */
  private static final String UNTRIED = ".untried";

  private final Path root;

  /**
   * @param root made when the first copy is
   */
  ModelCopies(Path root) {
    this.root = root;
  }

  /**
   * The copies on disk that were loaded once; what is no complete bundle of its version, and what
   * was not loaded when the process ended, is removed.
   */
  List<Bundle> all() {
    for (Path mark : children(root)) {
      String name = mark.getFileName().toString();
      if (name.endsWith(UNTRIED)) {
        remove(name.substring(0, name.length() - UNTRIED.length()));
      }
    }
    List<Bundle> bundles = new ArrayList<>();
    for (Path version : children(root)) {
      List<Path> folders = children(version);
      try {
        if (folders.size() != 1) {
          throw new BundleException("expected one folder, found " + folders.size());
        }
        Bundle bundle = Bundle.read(folders.get(0));
        if (bundle.manifest().fingerprint().equals(version.getFileName().toString()) == false) {
          throw new BundleException("the manifest is another version's");
        }
        bundles.add(bundle);
      } catch (BundleException e) {
        logger.warn("[{}] is no copy of a model and is removed: {}", version, e.getMessage());
        delete(version);
      }
    }
    return bundles;
  }

  /** The copy of a version of a model. */
  Bundle get(String version, String id) {
    return Bundle.read(root.resolve(version).resolve(id));
  }

  /** Removes the copy of a version; one that does not exist is none. */
  void remove(String version) {
    delete(root.resolve(version));
    delete(root.resolve(version + UNTRIED));
  }

  /** Notes that a copy was loaded, so that the next start may use it. */
  void tried(String version) {
    delete(root.resolve(version + UNTRIED));
  }

  /**
   * Begins a copy.
   *
   * @throws UncheckedIOException also when the disk has no room for it
   */
  Copy begin(StoredModel model) {
    try {
      return open(model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Copy open(StoredModel model) throws IOException {
    Path folder = root.resolve(UNFINISHED + model.version());
    delete(folder);
    Path bundle = Files.createDirectories(folder.resolve(model.id()));
    long room = Environment.getUsableSpace(bundle);
    if (room < model.manifest().bytes()) {
      delete(folder);
      throw new IOException(
          "model ["
              + model.id()
              + "] has ["
              + model.manifest().bytes()
              + "] bytes, the disk of ["
              + root
              + "] has room for ["
              + room
              + "]");
    }
    return new Copy(model, folder, bundle);
  }

  /** A copy on its way. */
  final class Copy {
    private final StoredModel model;
    private final Path folder;
    private final Path bundle;

    private Copy(StoredModel model, Path folder, Path bundle) {
      this.model = model;
      this.folder = folder;
      this.bundle = bundle;
    }

    /** Adds bytes to the end of a file. */
    void append(String file, byte[] bytes) {
      try (OutputStream out =
          Files.newOutputStream(
              bundle.resolve(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        out.write(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /**
     * Checks every file against its hash, brings it to the disk and gives the copy its name.
     *
     * @throws BundleException when a file is not what it should be; the copy is removed
     */
    Bundle finish() {
      try {
        Files.writeString(
            bundle.resolve(BundleManifest.FILE_NAME),
            model.manifest().toJson(),
            StandardCharsets.UTF_8);
        Bundle.read(bundle).verify();
        for (Path file : children(bundle)) {
          IOUtils.fsync(file, false);
        }
        IOUtils.fsync(bundle, true);
        IOUtils.fsync(folder, true);
        Path target = root.resolve(model.version());
        remove(model.version());
        Files.createFile(root.resolve(model.version() + UNTRIED));
        Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        IOUtils.fsync(root, true);
        return Bundle.read(target.resolve(model.id()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (BundleException e) {
        giveUp();
        throw e;
      }
    }

    /** Removes what is there. */
    void giveUp() {
      ModelCopies.delete(folder);
    }
  }

  private static List<Path> children(Path folder) {
    if (Files.isDirectory(folder) == false) {
      return List.of();
    }
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
      found.forEach(children::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return children;
  }

  private static void delete(Path folder) {
    try {
      IOUtils.rm(folder);
    } catch (IOException e) {
      logger.warn("[" + folder + "] cannot be removed", e);
    }
  }
}
