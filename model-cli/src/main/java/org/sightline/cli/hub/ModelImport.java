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

/**
 * Brings a model into a folder of models: makes a bundle of a hub folder, or takes a bundle that
 * lies somewhere else.
 *
 * @param models folder of bundles in which the new one appears; created when it does not exist
 * @param others further folders of bundles that a node reads: an id may exist once among all
 * @param options what the user says of the model
 */
public record ModelImport(Path models, List<Path> others, ImportOptions options) {
  /** Where graphs come from, for folders and repositories that hold only the checkpoint. */
  static final String EXPORT =
      "export the checkpoint with the package model-export (sightline-export export --checkpoint"
          + " FOLDER --family clip --out ID), which makes a bundle of it";

  /** How the hub's cache names a snapshot: by commit, below {@code models--owner--name}. */
  private static final String CACHED = "models--";

  /** The same import of weights that come from elsewhere than the folder's name says. */
  public ModelImport from(String checkpoint) {
    return new ModelImport(models, others, options.from(checkpoint));
  }

  /**
   * Imports a model. The bundle is checked as {@code verify} does before it is in its place.
   *
   * @param folder as the hub has it, or a bundle, whatever its name is; only read
   * @param executor runs the trial; at least one thread that is not the caller's
   * @return the bundle in its place
   * @throws BundleException when something cannot be derived, or the runtime refuses the bundle
   */
  public Bundle run(Path folder, Executor executor) {
    Path source = folder.toAbsolutePath().normalize();
    if (Files.isDirectory(source) == false) {
      throw noFolder(folder, source);
    }
    Path file = source.resolve(BundleManifest.FILE_NAME);
    if (Files.isRegularFile(file)) {
      BundleManifest manifest = BundleManifest.read(file);
      return place(manifest).fill(fresh -> copy(source, manifest, fresh), executor);
    }
    // everything that can be refused without copying a byte comes first
    List<String> paths = HubFiles.paths(source);
    if (paths.stream().noneMatch(path -> path.endsWith(GraphFiles.SUFFIX))) {
      throw new BundleException(
          "[%s] has no ONNX graphs: %s; it has %s", folder, EXPORT, RepositoryFiles.shown(paths));
    }
    String id = id(name(source));
    Placement place = Placement.of(models, others, id);
    Layout layout = Layout.of(source);
    Layout.Derived derived = layout.derive(source, options);
    GraphFiles graphs = GraphFiles.find(source, layout.graphs(paths, options.precision()));
    Map<String, Path> sources = new LinkedHashMap<>(graphs.sources());
    String tokenizer = layout.textFolder() + BundleManifest.TOKENIZER;
    sources.put(BundleManifest.TOKENIZER, HubFiles.require(source, tokenizer));
    return place.fill(
        fresh -> {
          Map<String, FileSpec> files = copy(sources, fresh);
          GraphRoles roles = GraphRoles.read(fresh, graphs, derived.ports(), derived.dimensions());
          BundleManifest manifest =
              new BundleManifest(
                  id,
                  derived.family(),
                  "Imported from a HuggingFace folder (" + graphs.vision() + ")",
                  options.license() == null ? "unknown" : options.license(),
                  options.checkpoint() == null ? name(source) : options.checkpoint(),
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

  /** What somebody types in place of a folder has a command of its own, as far as it is known. */
  private static BundleException noFolder(Path folder, Path source) {
    String typed = folder.toString();
    // a path has no double slash: that of an address is gone
    if (typed.startsWith("hf:") || typed.matches("https?:/.*")) {
      return new BundleException("[%s] is no folder: [install] fetches models", folder);
    }
    if (Files.isRegularFile(source)) {
      return new BundleException(
          "[%s] is a file and no folder%s",
          folder, typed.endsWith(".zip") ? ": [install] takes the zip of a bundle" : "");
    }
    return new BundleException("the folder [%s] does not exist", source);
  }

  /**
   * Checks what can be said of a hub folder before its graphs are there.
   *
   * @param name of the model, from which its id is made
   * @throws BundleException when the id is none or taken, or something cannot be derived
   */
  public void check(String name, Path folder) {
    Placement.of(models, others, id(name));
    Layout.of(folder).derive(folder, options);
  }

  /**
   * Checks what can be said of a bundle before its files are there.
   *
   * @throws BundleException when the id is taken, or an option says what the manifest does
   */
  public void check(BundleManifest manifest) {
    place(manifest);
  }

  /** The place of a bundle. An option that says what the manifest does would be ignored. */
  private Placement place(BundleManifest manifest) {
    refuse("--id", options.id(), manifest.id());
    refuse("--license", options.license(), manifest.license());
    refuse("--logit-scale", options.logitScale(), manifest.logitScale());
    refuse("--logit-bias", options.logitBias(), manifest.logitBias());
    if (options.precision() != null) {
      throw new BundleException("[--precision] is not for bundles: a bundle has one of each graph");
    }
    return Placement.of(models, others, manifest.id());
  }

  private static void refuse(String option, Object given, Object inManifest) {
    if (given != null) {
      throw new BundleException(
          "[%s] is not for bundles: the manifest of this one says [%s]", option, inManifest);
    }
  }

  /** The id that the user gave, otherwise the name in lower case. */
  private String id(String name) {
    String id = options.id() == null ? name.toLowerCase(Locale.ROOT) : options.id();
    if (BundleManifest.isId(id)) {
      return id;
    }
    throw options.id() == null
        ? new BundleException(
            "the folder's name [%s] is no model id: give one with --id, which must match %s",
            id, BundleManifest.idForm())
        : new BundleException("[--id] must match %s, got [%s]", BundleManifest.idForm(), id);
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

  private static void copy(Path folder, BundleManifest manifest, Path fresh) throws IOException {
    Path file = HubFiles.require(folder, BundleManifest.FILE_NAME);
    HubFiles.copy(file, fresh.resolve(BundleManifest.FILE_NAME));
    for (Map.Entry<String, FileSpec> listed : manifest.files().entrySet()) {
      file = HubFiles.require(folder, listed.getKey());
      // before the copy: what is far larger than the manifest says must not fill the disk
      if (Files.size(file) != listed.getValue().bytes()) {
        throw new BundleException(
            "the file [%s] has %s bytes, the manifest says %s",
            listed.getKey(), Files.size(file), listed.getValue().bytes());
      }
      HubFiles.copy(file, fresh.resolve(listed.getKey()));
    }
  }

  private static Map<String, FileSpec> copy(Map<String, Path> sources, Path fresh)
      throws IOException {
    Map<String, FileSpec> files = new LinkedHashMap<>();
    for (Map.Entry<String, Path> source : sources.entrySet()) {
      Path file = fresh.resolve(source.getKey());
      HubFiles.copy(source.getValue(), file);
      files.put(source.getKey(), new FileSpec(Digest.sha256(file), Files.size(file)));
    }
    return files;
  }
}
