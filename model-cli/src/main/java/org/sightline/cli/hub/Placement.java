package org.sightline.cli.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Executor;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;

/**
 * The way of a bundle into a folder of models.
 *
 * <p>The bundle is built in a folder of its own beside its place, below a name that no node reads,
 * checked there with the runtime, and moved into place in one step. Whatever ends this, an ending
 * process included, that folder is removed; only a process that is killed leaves it.
 */
final class Placement {
  private static final String STAGING = ".importing-";

  private final Path models;
  private final String id;

  private Placement(Path models, String id) {
    this.models = models;
    this.id = id;
  }

  /** Writes the files of a bundle, the manifest included, into an empty folder. */
  interface Contents {
    void write(Path folder) throws IOException;
  }

  /**
   * A free place.
   *
   * @param models folder of bundles in which the new one appears
   * @param others further folders of bundles that a node reads: an id may exist once among all
   * @throws BundleException when the id is taken
   */
  static Placement of(Path models, List<Path> others, String id) {
    Path absolute = models.toAbsolutePath();
    if (Files.exists(absolute.resolve(id))) {
      throw new BundleException(
          "the model [%s] exists already in [%s]: remove it or give --id", id, absolute);
    }
    for (Path other : others) {
      if (Files.exists(other.resolve(id).resolve(BundleManifest.FILE_NAME))) {
        throw new BundleException(
            "the model [%s] exists already in [%s]: give another --id", id, other);
      }
    }
    return new Placement(absolute, id);
  }

  /**
   * Builds, checks and moves.
   *
   * @param executor runs the trial; at least one thread that is not the caller's
   * @return the bundle in its place
   */
  Bundle fill(Contents contents, Executor executor) {
    // a name that no id has, so no node takes it for a bundle
    Path staging = models.resolve(STAGING + id);
    try {
      begin(staging);
      Thread cleanup = new Thread(() -> discard(staging));
      Runtime.getRuntime().addShutdownHook(cleanup);
      try {
        Path fresh = Files.createDirectory(staging.resolve(id));
        contents.write(fresh);
        TrialRun.check(Bundle.read(fresh), executor);
        HubFiles.sync(fresh); // a power loss leaves the whole bundle or none
        Files.move(fresh, models.resolve(id), StandardCopyOption.ATOMIC_MOVE);
        HubFiles.syncNames(models);
        return Bundle.read(models.resolve(id));
      } finally {
        HubFiles.delete(staging);
        unregister(cleanup);
      }
    } catch (IOException e) {
      throw new BundleException(e, "the model cannot be written to [%s]: %s", models, e);
    }
  }

  private void begin(Path staging) throws IOException {
    Files.createDirectories(models);
    try {
      Files.createDirectory(staging);
    } catch (FileAlreadyExistsException e) {
      throw new BundleException(
          e,
          "another import of [%s] is under way, or one was cut off: if none runs, remove [%s]",
          id,
          staging);
    }
  }

  private static void unregister(Thread cleanup) {
    try {
      Runtime.getRuntime().removeShutdownHook(cleanup);
    } catch (IllegalStateException e) {
      // the process is ending: the hook runs already, and finds nothing
      return;
    }
  }

  /** For the process's end, when the import may still be writing: so it is tried a few times. */
  private static void discard(Path staging) {
    for (int attempt = 0; attempt < 10; attempt++) {
      try {
        HubFiles.delete(staging);
        return;
      } catch (IOException | UncheckedIOException e) {
        Thread.onSpinWait(); // a file appeared while the folder was emptied
      }
    }
  }
}
