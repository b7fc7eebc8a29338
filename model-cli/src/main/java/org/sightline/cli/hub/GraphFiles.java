package org.sightline.cli.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.onnx.OnnxFile;

/**
 * The two graphs of one precision, and the files beside them that hold their weights.
 *
 * @param vision file name of the graph that reads pixels
 * @param text file name of the graph that reads ids
 * @param sources every file to copy, by the name that it has in the bundle
 */
record GraphFiles(String vision, String text, Map<String, Path> sources) {
  private static final String FOLDER = "onnx";

  /**
   * Finds the graphs.
   *
   * @param folder of the model; the graphs lie in its {@code onnx}
   * @param precision as in {@link ImportOptions}, or null
   */
  static GraphFiles find(Path folder, String precision) {
    Path graphs = folder.resolve(FOLDER);
    if (Files.isDirectory(graphs) == false) {
      throw new BundleException(
          "the folder [onnx] is missing; the folder has %s", HubFiles.names(folder));
    }
    Precisions chosen = Precisions.choose(HubFiles.names(graphs), precision);
    Map<String, Path> sources = new LinkedHashMap<>();
    for (String graph : List.of(chosen.vision(), chosen.text())) {
      sources.put(graph, HubFiles.require(folder, FOLDER + "/" + graph));
    }
    for (String graph : List.copyOf(sources.keySet())) {
      addWeights(folder, FOLDER + "/" + graph, sources);
    }
    return new GraphFiles(chosen.vision(), chosen.text(), Map.copyOf(sources));
  }

  /**
   * Adds the files that hold weights of a graph.
   *
   * @param graph path of the graph in the folder
   */
  static void addWeights(Path folder, String graph, Map<String, Path> sources) {
    String beside = graph.substring(0, graph.indexOf('/'));
    for (String location : weights(folder, graph)) {
      if (Files.isRegularFile(folder.resolve(beside).resolve(location)) == false) {
        throw new BundleException(
            "the graph [%s] keeps weights in [%s], which is missing; [%s] has %s",
            graph, location, beside, HubFiles.names(folder.resolve(beside)));
      }
      Path file = HubFiles.require(folder, beside + "/" + location);
      Path other = sources.putIfAbsent(location, file);
      if (other != null && other.equals(file) == false) {
        throw new BundleException(
            "the graph [%s] keeps weights in [%s], a name that the other graph's weights have"
                + " as well",
            graph, location);
      }
    }
  }

  /**
   * Names of the files in which a graph keeps weights. In a bundle these lie beside the graph under
   * a plain name, so a graph that names anything else, such as a path that leaves the folder, is
   * refused.
   *
   * @param graph path of the graph in the folder
   */
  static List<String> weights(Path folder, String graph) {
    List<String> locations = locations(HubFiles.require(folder, graph), graph);
    for (String location : locations) {
      boolean reserved =
          location.equals(BundleManifest.FILE_NAME)
              || location.equals(BundleManifest.TOKENIZER)
              || location.endsWith(Precisions.SUFFIX);
      if (BundleManifest.isFileName(location) == false || reserved) {
        throw new BundleException(
            "the graph [%s] keeps weights in [%s], allowed are plain names of files beside it",
            graph, location);
      }
    }
    return locations;
  }

  private static List<String> locations(Path file, String graph) {
    try {
      return List.copyOf(OnnxFile.read(file, graph).locations());
    } catch (BundleException e) {
      throw new BundleException(e.getMessage(), e);
    }
  }
}
