package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.sightline.runtime.bundle.BundleException;

/**
 * The files of one or two repositories that an import reads, so that nobody has to fetch the
 * others.
 *
 * @param configs configs and tokenizer
 * @param graphs the graphs; the weights that lie beside them are known when these are read
 */
public record RepositoryFiles(List<SourceFile> configs, List<SourceFile> graphs) {

  /**
   * Chooses the files by the repositories' layout.
   *
   * @param sources paths of all files of each repository
   * @throws BundleException when they have no known layout, lack a file, or precision or sub-folder
   *     must be chosen
   */
  public static RepositoryFiles of(
      List<? extends Collection<String>> sources, ImportOptions options) {
    Layout layout = Layout.choose(sources, options);
    ConfigFiles configs = new ConfigFiles(sources, List.of(), layout);
    configs.tokenizer();
    return new RepositoryFiles(List.copyOf(configs.all()), layout.graphs());
  }

  /**
   * The weights that lie beside the graphs.
   *
   * @param folders hold the graphs
   * @throws BundleException when a graph names a file that does not lie beside it
   */
  public Set<SourceFile> weights(List<Path> folders) {
    Set<SourceFile> weights = new LinkedHashSet<>();
    for (SourceFile graph : graphs) {
      GraphFiles.locations(folders.get(graph.source()), graph.path())
          .forEach(location -> weights.add(graph.beside(location)));
    }
    return weights;
  }
}
