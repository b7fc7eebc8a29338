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
 * The two graphs of a model, and the files beside them that hold their weights.
 *
 * @param vision name that the graph that reads pixels has in the bundle
 * @param text name that the graph that reads ids has in the bundle
 * @param sources every file to copy, by the name that it has in the bundle
 */
record GraphFiles(String vision, String text, Map<String, Path> sources) {
  static final String SUFFIX = ".onnx";

  /**
   * Finds the files of the chosen graphs.
   *
   * @param folder of the model
   * @param graphs as {@link Layout#graphs} gives them
   */
  static GraphFiles find(Path folder, List<String> graphs) {
    Path vision = HubFiles.require(folder, graphs.get(0));
    Path text = HubFiles.require(folder, graphs.get(1));
    boolean same = vision.getFileName().equals(text.getFileName());
    Map<String, Path> sources = new LinkedHashMap<>();
    sources.put(name(vision, same), vision);
    sources.put(name(text, same), text);
    for (String graph : graphs) {
      addWeights(folder, graph, sources);
    }
    return new GraphFiles(name(vision, same), name(text, same), sources);
  }

  /** Graphs whose names are the same are told apart by their folders. */
  private static String name(Path graph, boolean byFolder) {
    return byFolder ? graph.getParent().getFileName() + SUFFIX : graph.getFileName().toString();
  }

  private static void addWeights(Path folder, String graph, Map<String, Path> sources) {
    String beside = graph.substring(0, graph.lastIndexOf('/'));
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
            "the graph [%s] keeps weights in [%s], a name that the other graph's weights have as"
                + " well",
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
    List<String> locations =
        List.copyOf(OnnxFile.read(HubFiles.require(folder, graph), graph).locations());
    for (String location : locations) {
      boolean reserved =
          location.equals(BundleManifest.FILE_NAME)
              || location.equals(BundleManifest.TOKENIZER)
              || location.endsWith(SUFFIX);
      if (BundleManifest.isFileName(location) == false || reserved) {
        throw new BundleException(
            "the graph [%s] keeps weights in [%s], allowed are plain names of files beside it",
            graph, location);
      }
    }
    return locations;
  }
}
