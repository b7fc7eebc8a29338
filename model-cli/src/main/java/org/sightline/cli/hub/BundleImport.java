package org.sightline.cli.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;

/** Takes a bundle that lies somewhere else into a folder of models. */
public final class BundleImport {
  /** A manifest is a few kilobytes; whatever is far larger is something else. */
  private static final long MAX_MANIFEST_BYTES = 1 << 20;

  private BundleImport() {}

  /** Whether the folder holds a manifest. */
  public static boolean isBundle(Path folder) {
    return Files.isRegularFile(folder.resolve(BundleManifest.FILE_NAME));
  }

  /**
   * Copies a bundle, checks the copy as {@code verify} does, and moves it into place. The folder it
   * comes from may have any name.
   *
   * @param folder holds the manifest and the files that it names; only read
   * @param models folder of bundles in which the new one appears; created when it does not exist
   * @param others further folders of bundles that a node reads: an id may exist once among all
   * @param options must say nothing: the manifest does
   * @param executor runs the trial; at least one thread that is not the caller's
   * @return the bundle in its place
   * @throws BundleException when it cannot be taken
   * @throws BundleException when the manifest or the runtime refuses the bundle
   */
  public static Bundle run(
      Path folder, Path models, List<Path> others, ImportOptions options, Executor executor) {
    BundleManifest manifest = manifest(folder.resolve(BundleManifest.FILE_NAME));
    check(manifest, models, others, options);
    return Placement.of(models, others, manifest.id())
        .fill(fresh -> copy(folder, manifest, fresh), executor);
  }

  /** Reads a manifest whose folder may have any name. */
  public static BundleManifest manifest(Path file) {
    try {
      if (Files.size(file) > MAX_MANIFEST_BYTES) {
        throw new BundleException(
            "the manifest has %s bytes, allowed are at most %s",
            Files.size(file), MAX_MANIFEST_BYTES);
      }
      return BundleManifest.parse(Files.readString(file));
    } catch (IOException e) {
      throw new BundleException(e, "the manifest cannot be read: %s", e);
    }
  }

  /**
   * What can be said before the files are there: whether the id is free, and that no option says
   * what the manifest does, because it would be ignored.
   *
   * @throws BundleException naming the id or the option
   */
  public static void check(
      BundleManifest manifest, Path models, List<Path> others, ImportOptions options) {
    refuse("--id", options.id(), manifest.id());
    refuse("--license", options.license(), manifest.license());
    refuse("--logit-scale", options.logitScale(), manifest.logitScale());
    refuse("--logit-bias", options.logitBias(), manifest.logitBias());
    if (options.precision() != null) {
      throw new BundleException("[--precision] is not for bundles: a bundle has one of each graph");
    }
    Placement.of(models, others, manifest.id());
  }

  private static void refuse(String option, Object given, Object inManifest) {
    if (given != null) {
      throw new BundleException(
          "[%s] is not for bundles: the manifest of this one says [%s]", option, inManifest);
    }
  }

  private static void copy(Path folder, BundleManifest manifest, Path fresh) throws IOException {
    HubFiles.copy(
        HubFiles.require(folder, BundleManifest.FILE_NAME),
        fresh.resolve(BundleManifest.FILE_NAME));
    for (String name : manifest.files().keySet()) {
      FileSpec expected = manifest.files().get(name);
      Path file = HubFiles.require(folder, name);
      // before the copy: what is far larger than the manifest says must not fill the disk
      if (Files.size(file) != expected.bytes()) {
        throw new BundleException(
            "the file [%s] has %s bytes, the manifest says %s",
            name, Files.size(file), expected.bytes());
      }
      HubFiles.copy(file, fresh.resolve(name));
    }
  }
}
