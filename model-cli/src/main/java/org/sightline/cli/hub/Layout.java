package org.sightline.cli.hub;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sightline.cli.hub.GraphName.Side;
import org.sightline.runtime.bundle.BundleException;

/**
 * Which files of a model are its graphs: two graphs whose paths differ in one word (in {@code
 * onnx}, at the top, or in the sub-folder that the options name), otherwise one graph with both
 * towers, otherwise one graph in each of two sources.
 *
 * @param vision the graph that reads pixels
 * @param text the graph that reads ids; the same one where it does both
 */
record Layout(SourceFile vision, SourceFile text) {
  private static final String ONNX = "onnx/";

  /** What publishers do, for messages. */
  private static final String KNOWN =
      "known are two graphs whose paths differ in one word (onnx/vision_model.onnx and"
          + " onnx/text_model.onnx; visual/model.onnx and textual/model.onnx; image.onnx and"
          + " text.onnx), one graph with both towers (onnx/model.onnx or model.onnx), and two"
          + " sources with one tower each in model.onnx";

  /** Whether one file holds both towers. */
  boolean combined() {
    return vision.equals(text);
  }

  /** A choice of the graphs of one folder, by what tells them apart. */
  private record Candidates(String folder, SortedMap<String, Layout> byPrecision) {}

  /**
   * Chooses the graphs.
   *
   * @param sources paths of the files of each source
   * @throws BundleException when no graphs are found, or the precision or a sub-folder must be
   *     chosen
   */
  static Layout choose(List<? extends Collection<String>> sources, ImportOptions options) {
    for (int source = 0; source < sources.size(); source++) {
      Map<String, SortedMap<String, Layout>> pairs = pairs(source, sources.get(source));
      Optional<Candidates> found = inFolder(pairs, options.subfolder());
      if (found.isPresent()) {
        return chosen(found.get(), options.precision());
      }
    }
    List<Candidates> single = new ArrayList<>();
    for (int source = 0; source < sources.size(); source++) {
      inFolder(singles(source, sources.get(source)), options.subfolder()).ifPresent(single::add);
    }
    if (single.size() == 1) {
      return chosen(single.get(0), options.precision());
    }
    if (single.size() > 1) {
      return oneTowerEach(sources, single, options.precision());
    }
    throw nothing(sources, options);
  }

  /** Pairs of graphs by folder and precision. */
  private static Map<String, SortedMap<String, Layout>> pairs(
      int source, Collection<String> paths) {
    Map<String, String> vision = new TreeMap<>();
    Map<String, String> text = new TreeMap<>();
    Map<String, GraphName> names = new TreeMap<>();
    for (String path : paths) {
      GraphName.of(path)
          .filter(name -> name.side() != Side.ANY)
          .ifPresent(
              name -> {
                (name.side() == Side.VISION ? vision : text).put(name.frame(), path);
                names.put(name.frame(), name);
              });
    }
    Map<String, SortedMap<String, Layout>> pairs = new LinkedHashMap<>();
    vision.keySet().retainAll(text.keySet());
    vision.forEach(
        (frame, path) ->
            add(
                pairs,
                names.get(frame),
                new Layout(new SourceFile(source, path), new SourceFile(source, text.get(frame)))));
    return pairs;
  }

  /** Graphs that may hold both towers, or the only one of their source. */
  private static Map<String, SortedMap<String, Layout>> singles(
      int source, Collection<String> paths) {
    Map<String, SortedMap<String, Layout>> singles = new LinkedHashMap<>();
    for (String path : new TreeSet<>(paths)) {
      SourceFile file = new SourceFile(source, path);
      GraphName.of(path)
          .filter(name -> name.side() == Side.ANY)
          .ifPresent(name -> add(singles, name, new Layout(file, file)));
    }
    return singles;
  }

  private static void add(
      Map<String, SortedMap<String, Layout>> all, GraphName name, Layout layout) {
    all.computeIfAbsent(
            name.folder(),
            any ->
                new TreeMap<>(
                    Comparator.comparing(
                            (String precision) -> precision.equals(GraphName.UNNAMED) == false)
                        .thenComparing(Comparator.naturalOrder())))
        .putIfAbsent(name.precision(), layout);
  }

  private static Optional<Candidates> inFolder(
      Map<String, SortedMap<String, Layout>> all, String subfolder) {
    List<String> folders =
        subfolder == null
            ? List.of(ONNX, "")
            : List.of(slashed(subfolder), slashed(subfolder) + ONNX);
    return folders.stream()
        .filter(all::containsKey)
        .findFirst()
        .map(folder -> new Candidates(folder, all.get(folder)));
  }

  private static String slashed(String folder) {
    return folder.endsWith("/") ? folder : folder + "/";
  }

  private static Layout chosen(Candidates candidates, String precision) {
    SortedMap<String, Layout> all = candidates.byPrecision();
    if (precision == null && all.size() > 1) {
      throw new BundleException(
          "%s has the graphs in several precisions: say which one with --precision, one of %s",
          shown(candidates.folder()), all.keySet());
    }
    String wanted = precision == null ? all.firstKey() : precision;
    if (all.containsKey(wanted) == false) {
      throw new BundleException(
          "%s has no graphs of precision [%s], expected one of %s",
          shown(candidates.folder()), wanted, all.keySet());
    }
    return all.get(wanted);
  }

  private static String shown(String folder) {
    return folder.isEmpty() ? "the folder" : "[" + folder.substring(0, folder.length() - 1) + "]";
  }

  /** The source that prepares pictures has the tower of vision, whichever was named first. */
  private static Layout oneTowerEach(
      List<? extends Collection<String>> sources, List<Candidates> single, String precision) {
    SourceFile first = chosen(single.get(0), precision).vision();
    SourceFile second = chosen(single.get(1), precision).vision();
    boolean swapped =
        ConfigFiles.preparesPictures(sources.get(second.source()))
            && ConfigFiles.preparesPictures(sources.get(first.source())) == false;
    return swapped ? new Layout(second, first) : new Layout(first, second);
  }

  private static BundleException nothing(
      List<? extends Collection<String>> sources, ImportOptions options) {
    TreeSet<String> folders = new TreeSet<>();
    TreeSet<String> graphs = new TreeSet<>();
    for (int source = 0; source < sources.size(); source++) {
      folders.addAll(pairs(source, sources.get(source)).keySet());
      folders.addAll(singles(source, sources.get(source)).keySet());
      sources.get(source).stream()
          .filter(path -> path.endsWith(GraphName.SUFFIX))
          .forEach(graphs::add);
    }
    if (graphs.isEmpty()) {
      List<String> all = sources.stream().<String>flatMap(Collection::stream).toList();
      return new BundleException(
          "no ONNX graphs are there: %s; there are %s", ModelImport.EXPORT, firstOf(all));
    }
    if (folders.isEmpty() == false) {
      return new BundleException(
          "%s: say which graphs with --subfolder, one of %s",
          options.subfolder() == null
              ? "the graphs lie in sub-folders"
              : "[" + options.subfolder() + "] has no graphs",
          folders.stream().map(folder -> folder.replaceFirst("/$", "")).toList());
    }
    return new BundleException(
        "the graphs %s fit no layout: %s%s", firstOf(graphs), KNOWN, nearest(graphs));
  }

  /** The first graph that says its tower, and what the other one would be called. */
  private static String nearest(Collection<String> graphs) {
    for (String graph : graphs) {
      Optional<GraphName> name = GraphName.of(graph);
      if (name.isPresent() && name.get().side() != Side.ANY) {
        List<String> words =
            name.get().side() == Side.TEXT
                ? List.of("vision", "visual", "image")
                : List.of("text", "textual");
        return "; nearest is ["
            + graph
            + "], which lacks its other tower, one of "
            + words.stream().map(word -> name.get().frame().replace("*", word)).toList();
      }
    }
    return "; nearest is one graph with both towers, if one of these is that: call it model.onnx";
  }

  /** The first of the paths, for messages. */
  static String firstOf(Collection<String> paths) {
    List<String> first = paths.stream().sorted().limit(20).toList();
    return first.size() == paths.size() ? first.toString() : first + " and more";
  }

  /** Both graphs, one where they are the same. */
  List<SourceFile> graphs() {
    return combined() ? List.of(vision) : Arrays.asList(vision, text);
  }
}
