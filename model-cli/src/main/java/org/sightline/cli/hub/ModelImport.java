package org.sightline.cli.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
 * @param given what the user says of the model
 * @param options the same, and what else is known of it
 */
public record ModelImport(
    Path models, List<Path> others, ImportOptions given, ImportOptions options) {
  /** Where graphs come from, for folders and repositories that hold only the checkpoint. */
  static final String EXPORT =
      "export the checkpoint with the package model-export (sightline-export), which makes a bundle"
          + " of it";

  /** What is no path, as it ends one; a path has no double slash, so that of an address is gone. */
  private static final Pattern NO_PATH = Pattern.compile("(?<=^|[/\\\\])(hf:|https?:/).*");

  /** Nothing is known of the model but what the user says. */
  public ModelImport(Path models, List<Path> others, ImportOptions given) {
    this(models, others, given, given);
  }

  /** The same import of a model of which more is known. */
  public ModelImport or(ImportOptions known) {
    return new ModelImport(models, others, given, given.or(known));
  }

  /**
   * Imports a model. The bundle is checked as {@code verify} does before it is in its place.
   *
   * @param source folders as the hub has them, or a bundle, whatever its name is; only read
   * @param executor runs the trial; at least one thread that is not the caller's
   * @return the bundle in its place
   * @throws BundleException when something cannot be derived, or the runtime refuses the bundle
   */
  public Bundle run(ModelSource source, Executor executor) {
    for (Path folder : source.folders()) {
      if (Files.isDirectory(folder) == false) {
        throw noFolder(folder);
      }
      Path file = folder.resolve(BundleManifest.FILE_NAME);
      if (Files.isRegularFile(file)) {
        return takeBundle(source, folder, BundleManifest.read(file), executor);
      }
    }
    // everything that can be refused without copying a byte comes first
    String id = id(source.name());
    Placement place = Placement.of(models, others, id);
    List<List<String>> paths = source.folders().stream().map(HubFiles::paths).toList();
    Layout layout = Layout.choose(paths, options);
    ConfigFiles configs = new ConfigFiles(paths, source.folders(), layout);
    Derived derived = Derived.read(configs, options);
    GraphFiles graphs = GraphFiles.find(source.folders(), layout);
    Map<String, Path> copied = new LinkedHashMap<>(graphs.weights());
    copied.put(BundleManifest.TOKENIZER, configs.path(configs.tokenizer()));
    return place.fill(
        fresh -> {
          for (GraphFiles.Tower tower : graphs.towers()) {
            tower.write(fresh);
          }
          for (Map.Entry<String, Path> file : copied.entrySet()) {
            HubFiles.copy(file.getValue(), fresh.resolve(file.getKey()));
          }
          GraphRoles roles = GraphRoles.read(fresh, graphs, derived.type(), derived.dimensions());
          BundleManifest manifest = manifest(id, source, layout, derived, roles, files(fresh));
          Files.writeString(fresh.resolve(BundleManifest.FILE_NAME), manifest.toJson());
        },
        executor);
  }

  /** What somebody types in place of a folder has a command of its own, as far as it is known. */
  private static BundleException noFolder(Path folder) {
    Matcher source = NO_PATH.matcher(folder.toString());
    if (source.find()) {
      return new BundleException("[%s] is no folder: [install] fetches models", source.group());
    }
    if (Files.isRegularFile(folder)) {
      return new BundleException(
          "[%s] is a file and no folder%s",
          folder,
          folder.toString().endsWith(".zip") ? ": [install] takes the zip of a bundle" : "");
    }
    return new BundleException("the folder [%s] does not exist", folder);
  }

  private BundleManifest manifest(
      String id,
      ModelSource source,
      Layout layout,
      Derived derived,
      GraphRoles roles,
      Map<String, FileSpec> files) {
    return new BundleManifest(
        id,
        derived.family(),
        "Imported from a HuggingFace folder ("
            + layout.graphs().stream().map(SourceFile::path).collect(Collectors.joining(", "))
            + ")",
        options.license() == null ? "unknown" : options.license(),
        source.checkpoint(),
        null,
        roles.dimensions(),
        1,
        "cosine",
        derived.scale(),
        derived.bias(),
        derived.image(),
        derived.text().apply(roles),
        null,
        roles.roles(),
        files);
  }

  private Bundle takeBundle(
      ModelSource source, Path folder, BundleManifest manifest, Executor executor) {
    if (source.folders().size() > 1) {
      throw new BundleException(
          "[%s] holds a bundle, which is complete: name nothing else", folder);
    }
    return place(manifest).fill(fresh -> copy(folder, manifest, fresh), executor);
  }

  /**
   * Checks what can be said of hub folders before their graphs are there.
   *
   * @param source with folders that hold the configs
   * @param paths of all files that the sources have
   * @throws BundleException when the id is none or taken, or something cannot be derived
   */
  public void check(ModelSource source, List<? extends Collection<String>> paths) {
    Placement.of(models, others, id(source.name()));
    Layout layout = Layout.choose(paths, options);
    Derived.read(new ConfigFiles(paths, source.folders(), layout), options);
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
    refuse("--id", given.id(), manifest.id());
    refuse("--license", given.license(), manifest.license());
    refuse("--logit-scale", given.logitScale(), manifest.logitScale());
    refuse("--logit-bias", given.logitBias(), manifest.logitBias());
    if (given.precision() != null) {
      throw new BundleException("[--precision] is not for bundles: a bundle has one of each graph");
    }
    if (given.subfolder() != null) {
      throw new BundleException("[--subfolder] is not for bundles: a bundle has none");
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

  private static Map<String, FileSpec> files(Path fresh) throws IOException {
    Map<String, FileSpec> files = new LinkedHashMap<>();
    for (String name : HubFiles.names(fresh)) {
      Path file = fresh.resolve(name);
      files.put(name, new FileSpec(Digest.sha256(file), Files.size(file)));
    }
    return files;
  }
}
