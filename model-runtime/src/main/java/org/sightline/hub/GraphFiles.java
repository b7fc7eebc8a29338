package org.sightline.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sightline.bundle.BundleManifest;

/**
 * The two graphs of one precision, and the files beside them that hold their weights.
 *
 * @param vision file name of the graph that reads pixels
 * @param text file name of the graph that reads ids
 * @param sources every file to copy, by the name that it has in the bundle
 */
record GraphFiles(String vision, String text, Map<String, Path> sources) {
  private static final String FOLDER = "onnx";
  private static final String VISION = "vision_model";
  private static final String TEXT = "text_model";
  private static final String SUFFIX = ".onnx";
  private static final String UNNAMED = "fp32";

  /**
   * Finds the graphs.
   *
   * @param folder of the model; the graphs lie in its {@code onnx}
   * @param precision as in {@link ImportOptions}, or null
   */
  static GraphFiles find(Path folder, String precision) {
    Path graphs = folder.resolve(FOLDER);
    if (Files.isDirectory(graphs) == false) {
      throw new HubException(
          "the folder [onnx] is missing; the folder has " + HubFiles.names(folder));
    }
    SortedMap<String, String> vision = variants(graphs, VISION);
    SortedMap<String, String> text = variants(graphs, TEXT);
    String chosen = precision != null ? precision : only(graphs, vision, text);
    for (Map.Entry<String, SortedMap<String, String>> side :
        Map.of(VISION, vision, TEXT, text).entrySet()) {
      if (side.getValue().containsKey(chosen) == false) {
        throw new HubException(
            "[onnx] has no ["
                + side.getKey()
                + "] of precision ["
                + chosen
                + "], expected one of "
                + both(vision, text));
      }
    }
    Map<String, Path> sources = new LinkedHashMap<>();
    for (String graph : List.of(vision.get(chosen), text.get(chosen))) {
      sources.put(graph, HubFiles.require(folder, FOLDER + "/" + graph));
    }
    for (String graph : List.copyOf(sources.keySet())) {
      addExternalData(folder, graph, sources);
    }
    return new GraphFiles(vision.get(chosen), text.get(chosen), Map.copyOf(sources));
  }

  /** Files by precision; the one without a suffix first. */
  private static SortedMap<String, String> variants(Path graphs, String stem) {
    SortedMap<String, String> variants =
        new TreeMap<>(
            Comparator.comparing((String name) -> name.equals(UNNAMED) == false)
                .thenComparing(Comparator.naturalOrder()));
    for (String name : HubFiles.names(graphs)) {
      if (name.equals(stem + SUFFIX)) {
        variants.put(UNNAMED, name);
      } else if (name.startsWith(stem + "_") && name.endsWith(SUFFIX)) {
        variants.put(name.substring(stem.length() + 1, name.length() - SUFFIX.length()), name);
      }
    }
    return variants;
  }

  private static List<String> both(
      SortedMap<String, String> vision, SortedMap<String, String> text) {
    List<String> both = new ArrayList<>(vision.keySet());
    both.retainAll(text.keySet());
    return both;
  }

  private static String only(
      Path graphs, SortedMap<String, String> vision, SortedMap<String, String> text) {
    List<String> both = both(vision, text);
    if (both.size() > 1) {
      throw new HubException(
          "[onnx] has the graphs in several precisions: say which one with --precision, one of "
              + both);
    }
    if (both.isEmpty()) {
      throw new HubException(
          "[onnx] must have vision_model.onnx and text_model.onnx of the same precision, got "
              + HubFiles.names(graphs).stream().filter(name -> name.endsWith(SUFFIX)).toList());
    }
    return both.get(0);
  }

  /**
   * Weights may lie in other files. In a bundle these lie beside the graph under a plain name, so a
   * graph that names anything else, such as a path that leaves the folder, is refused.
   */
  private static void addExternalData(Path folder, String graph, Map<String, Path> sources) {
    String inFolder = FOLDER + "/" + graph;
    for (String location : ExternalData.locations(folder.resolve(inFolder), inFolder)) {
      boolean reserved =
          location.equals(BundleManifest.FILE_NAME)
              || location.equals(BundleManifest.TOKENIZER)
              || location.endsWith(SUFFIX);
      if (BundleManifest.isFileName(location) == false || reserved) {
        throw new HubException(
            "the graph ["
                + inFolder
                + "] keeps weights in ["
                + location
                + "], allowed are plain names of files beside it");
      }
      if (Files.isRegularFile(folder.resolve(FOLDER).resolve(location)) == false) {
        throw new HubException(
            "the graph ["
                + inFolder
                + "] keeps weights in ["
                + location
                + "], which is missing; [onnx] has "
                + HubFiles.names(folder.resolve(FOLDER)));
      }
      sources.put(location, HubFiles.require(folder, FOLDER + "/" + location));
    }
  }
}
