package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * The files of a model on disk.
 *
 * @param name of the model, from which its id is made
 * @param checkpoint where the weights came from, to note in the manifest
 * @param folders one, or two that complete each other: a tower each, or one with configs that the
 *     other lacks
 */
public record ModelSource(String name, String checkpoint, List<Path> folders) {
  /** How the hub's cache names a snapshot: by commit, below {@code models--owner--name}. */
  private static final String CACHED = "models--";

  /** Paths are absolute. */
  public ModelSource {
    folders = folders.stream().map(folder -> folder.toAbsolutePath().normalize()).toList();
  }

  /** Folders that have the name of their model. */
  public static ModelSource of(List<Path> folders) {
    String name = name(folders.get(0).toAbsolutePath().normalize());
    return new ModelSource(withoutTower(name, folders.size()), name, folders);
  }

  /**
   * The name of a model whose first source has that name: towers that lie apart say which they are.
   *
   * @param sources number of them
   */
  public static String withoutTower(String name, int sources) {
    return sources == 1
        ? name
        : name.replaceFirst("(?i)[-_.](vision|visual|image|text|textual)$", "");
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
}
