package org.sightline.cli.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sightline.cli.onnx.OnnxGraph;
import org.sightline.cli.onnx.OnnxGraph.Changes;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.onnx.OnnxFile;

/**
 * The two graphs of a model, and the files beside them that hold their weights. A graph is copied
 * as it is, unless one file holds both, or the weights of both have the same names.
 *
 * @param vision name that the graph that reads pixels has in the bundle
 * @param text name that the graph that reads ids has in the bundle
 * @param towers where they come from, and what is changed
 * @param weights files to copy, by the name that they have in the bundle
 */
record GraphFiles(String vision, String text, List<Tower> towers, Map<String, Path> weights) {
  private static final String VISION = "vision.onnx";
  private static final String TEXT = "text.onnx";

  /**
   * A graph of the bundle.
   *
   * @param target its name there
   * @param source where it is
   * @param graph what it holds; null where it is copied as it is
   * @param changes to it; null likewise
   */
  record Tower(String target, Path source, OnnxGraph graph, Changes changes) {
    void write(Path folder) throws IOException {
      Path file = folder.resolve(target);
      if (graph == null) {
        HubFiles.copy(source, file);
      } else {
        graph.write(file, changes);
      }
    }
  }

  /**
   * Finds the files of the chosen graphs.
   *
   * @param folders of the sources
   */
  static GraphFiles find(List<Path> folders, Layout layout) {
    Map<String, Path> weights = new TreeMap<>();
    if (layout.combined()) {
      return cut(folders, layout.vision(), weights);
    }
    String vision = layout.vision().name();
    String text = layout.text().name();
    if (vision.equals(text)) {
      vision = above(layout.vision());
      text = above(layout.text());
    }
    if (vision.equals(text) || isPlain(vision) == false || isPlain(text) == false) {
      vision = VISION;
      text = TEXT;
    }
    return new GraphFiles(
        vision,
        text,
        List.of(
            tower(folders, layout.vision(), vision, weights),
            tower(folders, layout.text(), text, weights)),
        weights);
  }

  /** Graphs whose names are the same are told apart by their folders. */
  private static String above(SourceFile graph) {
    String[] folders = graph.folder().split("/");
    return folders[folders.length - 1] + GraphName.SUFFIX;
  }

  private static boolean isPlain(String name) {
    return BundleManifest.isFileName(name);
  }

  private static Tower tower(
      List<Path> folders, SourceFile file, String target, Map<String, Path> weights) {
    Path source = path(folders, file);
    Map<String, String> moved = addWeights(folders, file, target, weights);
    if (moved.isEmpty()) {
      return new Tower(target, source, null, null);
    }
    OnnxGraph graph = OnnxGraph.read(source, file.path());
    return new Tower(target, source, graph, new Changes(graph.outputs().keySet(), moved));
  }

  /** Cuts a graph with both towers in two, by what each output depends on. */
  private static GraphFiles cut(List<Path> folders, SourceFile file, Map<String, Path> weights) {
    Path source = path(folders, file);
    addWeights(folders, file, file.name(), weights);
    OnnxGraph graph = OnnxGraph.read(source, file.path());
    Set<String> pixels = new TreeSet<>();
    Set<String> others = new TreeSet<>();
    graph
        .inputs()
        .forEach((name, input) -> (GraphRoles.isPixels(input) ? pixels : others).add(name));
    Set<String> ofPictures = new TreeSet<>();
    Set<String> ofTexts = new TreeSet<>();
    List<String> outputs = new ArrayList<>();
    for (String output : graph.outputs().keySet()) {
      Set<String> from = graph.dependencies(output);
      outputs.add(output + " of " + from);
      if (from.isEmpty() == false && pixels.containsAll(from)) {
        ofPictures.add(output);
      } else if (from.isEmpty() == false && others.containsAll(from)) {
        ofTexts.add(output);
      }
    }
    requireTower(file, "a picture", ofPictures, outputs);
    requireTower(file, "a text", ofTexts, outputs);
    return new GraphFiles(
        VISION,
        TEXT,
        List.of(
            new Tower(VISION, source, graph, new Changes(ofPictures, Map.of())),
            new Tower(TEXT, source, graph, new Changes(ofTexts, Map.of()))),
        weights);
  }

  private static void requireTower(
      SourceFile file, String input, Set<String> found, List<String> outputs) {
    if (found.isEmpty()) {
      throw new BundleException(
          "the graph [%s] has no output that depends on %s alone; it has %s; if it holds one"
              + " tower, name the source of the other one as well",
          file.path(), input, outputs);
    }
  }

  private static Path path(List<Path> folders, SourceFile file) {
    return HubFiles.require(folders.get(file.source()), file.path());
  }

  /**
   * Adds the weights of a graph.
   *
   * @return names in the bundle, where they are others than in the graph
   */
  private static Map<String, String> addWeights(
      List<Path> folders, SourceFile graph, String target, Map<String, Path> weights) {
    Path folder = folders.get(graph.source());
    Map<String, String> moved = new LinkedHashMap<>();
    for (String location : locations(folder, graph.path())) {
      SourceFile file = graph.beside(location);
      if (Files.isRegularFile(folder.resolve(file.path())) == false) {
        throw new BundleException(
            "the graph [%s] keeps weights in [%s], which is missing; beside it are %s",
            graph.path(), location, HubFiles.names(folder.resolve(graph.folder())));
      }
      Path path = path(folders, file);
      Path other = weights.putIfAbsent(location, path);
      if (other != null && other.equals(path) == false) {
        String name = target.replace(GraphName.SUFFIX, "-") + location;
        weights.put(name, path);
        moved.put(location, name);
      }
    }
    return moved;
  }

  /**
   * Names of the files in which a graph keeps weights. In a bundle these lie beside the graph under
   * a plain name, so a graph that names anything else, such as a path that leaves the folder, is
   * refused.
   *
   * @param graph path of the graph in the folder
   */
  static List<String> locations(Path folder, String graph) {
    List<String> locations =
        List.copyOf(OnnxFile.read(HubFiles.require(folder, graph), graph).locations());
    for (String location : locations) {
      boolean reserved =
          location.equals(BundleManifest.FILE_NAME)
              || location.equals(BundleManifest.TOKENIZER)
              || location.endsWith(GraphName.SUFFIX);
      if (BundleManifest.isFileName(location) == false || reserved) {
        throw new BundleException(
            "the graph [%s] keeps weights in [%s], allowed are plain names of files beside it",
            graph, location);
      }
    }
    return locations;
  }
}
