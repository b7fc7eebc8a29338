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
 * Which files of a repository an import reads, so that nobody has to fetch the others.
 *
 * @param configs paths of configs and tokenizer
 * @param graphs paths of the graphs; the weights that lie beside them are known when these are read
 */
public record HubLayout(List<String> configs, List<String> graphs) {
  private static final String FOLDER = "onnx/";

  private static final List<String> REQUIRED =
      List.of("config.json", "preprocessor_config.json", BundleManifest.TOKENIZER);

  private static final List<String> OPTIONAL =
      List.of("tokenizer_config.json", "special_tokens_map.json");

  public HubLayout {
    configs = List.copyOf(configs);
    graphs = List.copyOf(graphs);
  }

  /**
   * Looks for a layout that can be imported.
   *
   * @param paths of all files of the repository
   * @param precision as in {@link ImportOptions}, or null
   * @throws BundleException when there is none, or the precision must be chosen
   */
  public static HubLayout of(Collection<String> paths, String precision) {
    if (paths.contains(OpenClipFolder.VISUAL) && paths.contains(OpenClipFolder.TEXTUAL)) {
      if (paths.stream().noneMatch(path -> path.startsWith(FOLDER))) {
        OpenClipFolder.requirePrecision(precision);
        return with(
            paths,
            List.of(
                OpenClipFolder.CONFIG,
                OpenClipFolder.PREPROCESSING,
                OpenClipFolder.TEXT_FOLDER + BundleManifest.TOKENIZER),
            OPTIONAL.stream().map(name -> OpenClipFolder.TEXT_FOLDER + name).toList(),
            List.of(OpenClipFolder.VISUAL, OpenClipFolder.TEXTUAL));
      }
    }
    List<String> names =
        paths.stream()
            .filter(path -> path.startsWith(FOLDER) && path.indexOf('/', FOLDER.length()) < 0)
            .map(path -> path.substring(FOLDER.length()))
            .sorted()
            .toList();
    if (names.isEmpty()) {
      throw new BundleException(
          "the repository has neither a bundle (%s) nor graphs in [onnx], or [visual] and"
              + " [textual]; it has %s",
          BundleManifest.FILE_NAME, shown(paths));
    }
    Precisions chosen = Precisions.choose(names, precision);
    List<String> graphs = List.of(FOLDER + chosen.vision(), FOLDER + chosen.text());
    return with(paths, REQUIRED, OPTIONAL, graphs);
  }

  private static HubLayout with(
      Collection<String> paths, List<String> required, List<String> optional, List<String> graphs) {
    for (String path : required) {
      if (paths.contains(path) == false) {
        throw new BundleException("[%s] is missing; the repository has %s", path, shown(paths));
      }
    }
    List<String> configs = new ArrayList<>(required);
    optional.stream().filter(paths::contains).forEach(configs::add);
    return new HubLayout(configs, graphs);
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
      String beside = graph.substring(0, graph.indexOf('/') + 1);
      GraphFiles.weights(folder, graph).forEach(location -> weights.add(beside + location));
    }
    return weights;
  }

  private static String shown(Collection<String> paths) {
    List<String> first = paths.stream().sorted().limit(20).toList();
    return first.size() == paths.size() ? first.toString() : first + " and more";
  }
}
