package org.sightline.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import org.sightline.bundle.Bundle;
import org.sightline.bundle.BundleManifest;
import org.sightline.bundle.FileSpec;
import org.sightline.bundle.ImageSpec;
import org.sightline.bundle.TextSpec;
import org.sightline.inference.Digest;

/**
 * Makes a bundle of a hub folder.
 *
 * <p>The bundle is built in a folder of its own beside its place, below a name that no node reads,
 * checked there with the runtime, and moved into place in one step. Whatever ends the import, an
 * ending process included, the folder is removed; only a process that is killed leaves it.
 */
public final class HubImport {
  private static final String STAGING = ".importing-";

  /** How the hub's cache names a snapshot: by commit, below {@code models--owner--name}. */
  private static final String CACHED = "models--";

  private final Path folder;
  private final Path models;
  private final ImportOptions options;
  private final String id;

  private HubImport(Path folder, Path models, ImportOptions options, String id) {
    this.folder = folder;
    this.models = models;
    this.options = options;
    this.id = id;
  }

  /**
   * Imports a model.
   *
   * @param folder as the hub has it; only read
   * @param models folder of bundles in which the new one appears; created when it does not exist
   * @param others further folders of bundles that a node reads: an id may exist once among all
   * @param executor runs the trial; at least one thread that is not the caller's
   * @return the bundle in its place
   * @throws HubException when something cannot be derived
   * @throws org.sightline.bundle.BundleException when the runtime refuses the bundle
   */
  public static Bundle run(
      Path folder, Path models, List<Path> others, ImportOptions options, Executor executor) {
    Path source = folder.toAbsolutePath().normalize();
    if (Files.isDirectory(source) == false) {
      throw new HubException("[" + folder + "] is not a folder");
    }
    String id = id(source, options);
    HubImport self = new HubImport(source, models.toAbsolutePath(), options, id);
    self.requireFree(others);
    return self.run(executor);
  }

  /** The id that a model gets: the wanted one, otherwise one made from the folder's name. */
  private static String id(Path folder, ImportOptions options) {
    if (options.id() != null) {
      if (BundleManifest.isId(options.id()) == false) {
        throw new HubException(
            "[--id] must match " + BundleManifest.idForm() + ", got [" + options.id() + "]");
      }
      return options.id();
    }
    String name = name(folder.toAbsolutePath().normalize()).toLowerCase(Locale.ROOT);
    if (BundleManifest.isId(name) == false) {
      throw new HubException(
          "the folder's name ["
              + name
              + "] is no model id: give one with --id, which must match "
              + BundleManifest.idForm());
    }
    return name;
  }

  private static String name(Path folder) {
    Path snapshots = folder.getParent();
    Path cached = snapshots == null ? null : snapshots.getParent();
    if (cached != null && cached.getFileName() != null) {
      String name = cached.getFileName().toString();
      if (snapshots.endsWith("snapshots") && name.startsWith(CACHED)) {
        return name.substring(name.lastIndexOf("--") + 2);
      }
    }
    return folder.getFileName() == null ? "" : folder.getFileName().toString();
  }

  private void requireFree(List<Path> others) {
    Path target = models.resolve(id);
    if (Files.exists(target)) {
      throw new HubException(
          "the model [" + id + "] exists already in [" + models + "]: remove it or give --id");
    }
    for (Path other : others) {
      if (Files.exists(other.resolve(id).resolve(BundleManifest.FILE_NAME))) {
        throw new HubException(
            "the model [" + id + "] exists already in [" + other + "]: give another --id");
      }
    }
  }

  private Bundle run(Executor executor) {
    // everything that can be refused without copying a byte comes first
    HubJson config = HubJson.read(folder, "config.json");
    Family family = Family.of(config);
    ImageSpec image =
        ImageRules.read(family, HubJson.read(folder, "preprocessor_config.json"), config);
    TextSpec text = TextRules.read(family, folder, config);
    float scale = family.logitScale(options);
    float bias = family.logitBias(options);
    GraphFiles graphs = GraphFiles.find(folder, options.precision());
    // a name that no id has, so no node takes it for a bundle
    Path staging = models.resolve(STAGING + id);
    try {
      begin(staging);
      Thread cleanup = new Thread(() -> discard(staging));
      Runtime.getRuntime().addShutdownHook(cleanup);
      try {
        Path fresh = Files.createDirectory(staging.resolve(id));
        Map<String, FileSpec> files = copy(graphs, fresh);
        GraphRoles roles = GraphRoles.read(family, fresh, graphs, config);
        BundleManifest manifest =
            new BundleManifest(
                id,
                family.id(),
                "Imported from a HuggingFace folder (" + graphs.vision() + ")",
                options.license() == null ? "unknown" : options.license(),
                name(folder),
                null,
                roles.dimensions(),
                1,
                "cosine",
                scale,
                bias,
                image,
                text,
                null,
                roles.roles(),
                files);
        Files.writeString(fresh.resolve(BundleManifest.FILE_NAME), manifest.toJson());
        TrialRun.check(Bundle.read(fresh), executor);
        Files.move(fresh, models.resolve(id), StandardCopyOption.ATOMIC_MOVE);
        return Bundle.read(models.resolve(id));
      } finally {
        HubFiles.delete(staging);
        unregister(cleanup);
      }
    } catch (IOException e) {
      throw new HubException("the model cannot be written to [" + models + "]: " + e, e);
    }
  }

  private void begin(Path staging) throws IOException {
    Files.createDirectories(models);
    try {
      Files.createDirectory(staging);
    } catch (FileAlreadyExistsException e) {
      throw new HubException(
          "another import of ["
              + id
              + "] is under way, or one was cut off: if none runs, remove ["
              + staging
              + "]",
          e);
    }
  }

  private Map<String, FileSpec> copy(GraphFiles graphs, Path fresh) throws IOException {
    Map<String, Path> sources = new LinkedHashMap<>(graphs.sources());
    sources.put(BundleManifest.TOKENIZER, HubFiles.require(folder, BundleManifest.TOKENIZER));
    Map<String, FileSpec> files = new LinkedHashMap<>();
    for (Map.Entry<String, Path> source : sources.entrySet()) {
      Path file = fresh.resolve(source.getKey());
      HubFiles.copy(source.getValue(), file);
      files.put(source.getKey(), new FileSpec(Digest.sha256(file), Files.size(file)));
    }
    return files;
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
