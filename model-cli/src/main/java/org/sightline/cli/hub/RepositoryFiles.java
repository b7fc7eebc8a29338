package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;

/**
 * The files of a repository that an import reads, so that nobody has to fetch the others.
 *
 * @param configs paths of configs and tokenizer
 * @param graphs paths of the graphs; the weights that lie beside them are known when these are read
 */
public record RepositoryFiles(List<String> configs, List<String> graphs) {

  /**
   * Chooses the files by the repository's layout.
   *
   * @param paths of all files of the repository
   * @param precision as in {@link ImportOptions}, or null
   * @throws BundleException when it has no known layout, lacks a file, or the precision must be
   *     chosen
   */
  public static RepositoryFiles of(Collection<String> paths, String precision) {
    Layout layout =
        Layout.ALL.stream()
            .filter(known -> known.matches(paths))
            .findFirst()
            .orElseThrow(
                () ->
                    new BundleException(
                        "the repository has neither a bundle (%s) nor graphs in [onnx], or"
                            + " [visual] and [textual]: %s; it has %s",
                        BundleManifest.FILE_NAME, ModelImport.EXPORT, shown(paths)));
    List<String> graphs = layout.graphs(paths, precision);
    List<String> configs = new ArrayList<>(layout.configs());
    configs.add(layout.textFolder() + BundleManifest.TOKENIZER);
    for (String path : configs) {
      if (paths.contains(path) == false) {
        throw new BundleException("[%s] is missing; the repository has %s", path, shown(paths));
      }
    }
    for (String name : List.of(TextRules.CONFIG, TextRules.SPECIAL)) {
      if (paths.contains(layout.textFolder() + name)) {
        configs.add(layout.textFolder() + name);
      }
    }
    return new RepositoryFiles(configs, graphs);
  }

  /**
   * Paths of the weights that lie beside the graphs.
   *
   * @param folder holds the graphs
   * @throws BundleException when a graph names a file that does not lie beside it
   */
  public Set<String> weights(Path folder) {
    Set<String> weights = new LinkedHashSet<>();
    for (String graph : graphs) {
      String beside = graph.substring(0, graph.lastIndexOf('/') + 1);
      GraphFiles.weights(folder, graph).forEach(location -> weights.add(beside + location));
    }
    return weights;
  }

  /** The first of the paths, for messages. */
  static String shown(Collection<String> paths) {
    List<String> first = paths.stream().sorted().limit(20).toList();
    return first.size() == paths.size() ? first.toString() : first + " and more";
  }
}
