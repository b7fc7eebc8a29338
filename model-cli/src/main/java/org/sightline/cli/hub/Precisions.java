package org.sightline.cli.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sightline.runtime.bundle.BundleException;

/**
 * The two graphs of one precision among the names of a folder {@code onnx}.
 *
 * @param vision file name of the graph that reads pixels
 * @param text file name of the graph that reads ids
 */
record Precisions(String vision, String text) {
  private static final String VISION = "vision_model";
  private static final String TEXT = "text_model";
  static final String SUFFIX = ".onnx";
  private static final String UNNAMED = "fp32";

  /**
   * Chooses.
   *
   * @param names of files in {@code onnx}, sorted
   * @param precision as in {@link ImportOptions}, or null
   */
  static Precisions choose(Collection<String> names, String precision) {
    SortedMap<String, String> vision = variants(names, VISION);
    SortedMap<String, String> text = variants(names, TEXT);
    String chosen = precision != null ? precision : only(names, vision, text);
    for (Map.Entry<String, SortedMap<String, String>> side :
        Map.of(VISION, vision, TEXT, text).entrySet()) {
      if (side.getValue().containsKey(chosen) == false) {
        throw new BundleException(
            "[onnx] has no [%s] of precision [%s], expected one of %s",
            side.getKey(), chosen, both(vision, text));
      }
    }
    return new Precisions(vision.get(chosen), text.get(chosen));
  }

  /** Files by precision; the one without a suffix first. */
  private static SortedMap<String, String> variants(Collection<String> names, String stem) {
    SortedMap<String, String> variants =
        new TreeMap<>(
            Comparator.comparing((String name) -> name.equals(UNNAMED) == false)
                .thenComparing(Comparator.naturalOrder()));
    for (String name : names) {
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
      Collection<String> names, SortedMap<String, String> vision, SortedMap<String, String> text) {
    List<String> both = both(vision, text);
    if (both.size() > 1) {
      throw new BundleException(
          "[onnx] has the graphs in several precisions: say which one with --precision, one"
              + " of %s",
          both);
    }
    if (both.isEmpty()) {
      throw new BundleException(
          "[onnx] must have vision_model.onnx and text_model.onnx of the same precision, got"
              + " %s",
          names.stream().filter(name -> name.endsWith(SUFFIX)).toList());
    }
    return both.get(0);
  }
}
