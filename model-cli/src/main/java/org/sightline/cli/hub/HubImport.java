package org.sightline.cli.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;
import org.sightline.runtime.inference.Digest;

/** Makes a bundle of a hub folder. */
public final class HubImport {
  /** How the hub's cache names a snapshot: by commit, below {@code models--owner--name}. */
  private static final String CACHED = "models--";

  private final Path folder;
  private final Placement place;
  private final ImportOptions options;
  private final String id;

  private HubImport(Path folder, Placement place, ImportOptions options, String id) {
    this.folder = folder;
    this.place = place;
    this.options = options;
    this.id = id;
  }

  /**
   * Imports a model; a folder that is a bundle already is taken as it is.
   *
   * @param folder as the hub has it, or a bundle; only read
   * @param models folder of bundles in which the new one appears; created when it does not exist
   * @param others further folders of bundles that a node reads: an id may exist once among all
   * @param executor runs the trial; at least one thread that is not the caller's
   * @return the bundle in its place
   * @throws BundleException when something cannot be derived
   * @throws BundleException when the runtime refuses the bundle
   */
  public static Bundle run(
      Path folder, Path models, List<Path> others, ImportOptions options, Executor executor) {
    Path source = folder.toAbsolutePath().normalize();
    if (Files.isDirectory(source) == false) {
      throw new BundleException("[%s] is not a folder", folder);
    }
    if (BundleImport.isBundle(source)) {
      return BundleImport.run(source, models, others, options, executor);
    }
    String id = freeId(name(source), models, others, options);
    return new HubImport(source, Placement.of(models, others, id), options, id).run(executor);
  }

  /**
   * The id that a model gets: the wanted one, otherwise its name in lower case.
   *
   * @throws BundleException when it is no id, or taken
   */
  public static String freeId(String name, Path models, List<Path> others, ImportOptions options) {
    String id = options.id();
    if (id == null) {
      id = name.toLowerCase(Locale.ROOT);
      if (BundleManifest.isId(id) == false) {
        throw new BundleException(
            "the folder's name [%s] is no model id: give one with --id, which must match %s",
            id, BundleManifest.idForm());
      }
    } else if (BundleManifest.isId(id) == false) {
      throw new BundleException("[--id] must match %s, got [%s]", BundleManifest.idForm(), id);
    }
    Placement.of(models, others, id);
    return id;
  }

  /**
   * Reads everything but the graphs, so that a caller who still has to fetch these knows early what
   * would be refused.
   *
   * @throws BundleException when something cannot be derived
   */
  public static void checkConfigs(Path folder, ImportOptions options) {
    FolderLayout.of(folder).derive(options);
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

  private Bundle run(Executor executor) {
    // everything that can be refused without copying a byte comes first
    FolderLayout layout = FolderLayout.of(folder);
    FolderLayout.Derived derived = layout.derive(options);
    GraphFiles graphs = layout.graphs(options.precision());
    return place.fill(
        fresh -> {
          Map<String, FileSpec> files = copy(graphs, layout.tokenizer(), fresh);
          GraphRoles roles = layout.roles(fresh, graphs);
          BundleManifest manifest =
              new BundleManifest(
                  id,
                  derived.family(),
                  "Imported from a HuggingFace folder (" + graphs.vision() + ")",
                  options.license() == null ? "unknown" : options.license(),
                  options.checkpoint() == null ? name(folder) : options.checkpoint(),
                  null,
                  roles.dimensions(),
                  1,
                  "cosine",
                  derived.scale(),
                  derived.bias(),
                  derived.image(),
                  derived.text(),
                  null,
                  roles.roles(),
                  files);
          Files.writeString(fresh.resolve(BundleManifest.FILE_NAME), manifest.toJson());
        },
        executor);
  }

  private Map<String, FileSpec> copy(GraphFiles graphs, Path tokenizer, Path fresh)
      throws IOException {
    Map<String, Path> sources = new LinkedHashMap<>(graphs.sources());
    sources.put(BundleManifest.TOKENIZER, tokenizer);
    Map<String, FileSpec> files = new LinkedHashMap<>();
    for (Map.Entry<String, Path> source : sources.entrySet()) {
      Path file = fresh.resolve(source.getKey());
      HubFiles.copy(source.getValue(), file);
      files.put(source.getKey(), new FileSpec(Digest.sha256(file), Files.size(file)));
    }
    return files;
  }
}
