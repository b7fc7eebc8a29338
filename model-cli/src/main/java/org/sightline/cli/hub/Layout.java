package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.IntSupplier;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.TextSpec;

/**
 * A way in which publishers lay out the files of a model. A further layout is a class that
 * implements this interface and an entry in {@link #ALL}.
 */
interface Layout {
  /** All layouts, in the order in which they are tried. */
  List<Layout> ALL = List.of(new OpenClipLayout(), new TransformersLayout());

  /**
   * What the configs say, completed by the options.
   *
   * @param family for people
   * @param scale multiplier of the cosine
   * @param bias added to the scaled cosine
   * @param ports inputs and outputs that the graphs must have
   * @param dimensions length of an embedding by the configs, for graphs that leave it open
   */
  record Derived(
      String family,
      ImageSpec image,
      TextSpec text,
      float scale,
      float bias,
      GraphRoles.Ports ports,
      IntSupplier dimensions) {}

  /** The layout of a folder. */
  static Layout of(Path folder) {
    return ALL.stream().filter(layout -> layout.matches(folder)).findFirst().orElseThrow();
  }

  /** Whether a folder has this layout; the graphs need not be there yet. */
  boolean matches(Path folder);

  /** Whether a repository with files of these paths has this layout. */
  boolean matches(Collection<String> paths);

  /** Paths of the configs that must be there. */
  List<String> configs();

  /** Where the tokenizer and its configs lie: empty, or a path with a slash at its end. */
  String textFolder();

  /**
   * Chooses the graphs.
   *
   * @param paths of the files, and of the folders where they are known
   * @param precision as in {@link ImportOptions}, or null
   * @return path of the graph that reads pixels, then of the one that reads ids
   */
  List<String> graphs(Collection<String> paths, String precision);

  /** Reads everything but the graphs. */
  Derived derive(Path folder, ImportOptions options);
}
