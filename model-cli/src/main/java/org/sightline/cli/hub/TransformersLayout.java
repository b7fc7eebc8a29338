package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.JsonFields;

/** The files of transformers, and graphs of one or more precisions in the folder {@code onnx}. */
final class TransformersLayout implements Layout {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final String FOLDER = "onnx/";
  private static final String VISION = "vision_model";
  private static final String TEXT = "text_model";

  /** Precision of a graph whose name has no suffix. */
  private static final String UNNAMED = "fp32";

  /** Takes every folder that no other layout takes. */
  @Override
  public boolean matches(Path folder) {
    return true;
  }

  @Override
  public boolean matches(Collection<String> paths) {
    return names(paths).isEmpty() == false;
  }

  /** Names in {@code onnx}, sorted. */
  private static List<String> names(Collection<String> paths) {
    return paths.stream()
        .filter(path -> path.startsWith(FOLDER) && path.indexOf('/', FOLDER.length()) < 0)
        .map(path -> path.substring(FOLDER.length()))
        .sorted()
        .toList();
  }

  @Override
  public List<String> configs() {
    return List.of(CONFIG, PREPROCESSOR);
  }

  @Override
  public String textFolder() {
    return "";
  }

  @Override
  public List<String> graphs(Collection<String> paths, String precision) {
    List<String> names = names(paths);
    if (names.isEmpty() && paths.contains("onnx") == false) {
      throw new BundleException(
          "the folder [onnx] is missing; the folder has %s",
          paths.stream().filter(path -> path.indexOf('/') < 0).toList());
    }
    SortedMap<String, String> vision = variants(names, VISION);
    SortedMap<String, String> text = variants(names, TEXT);
    List<String> both = new ArrayList<>(vision.keySet());
    both.retainAll(text.keySet());
    String chosen = precision == null ? only(both, names) : precision;
    if (both.contains(chosen) == false) {
      throw new BundleException(
          "[onnx] has no [%s] of precision [%s], expected one of %s",
          vision.containsKey(chosen) ? TEXT : VISION, chosen, both);
    }
    return List.of(FOLDER + vision.get(chosen), FOLDER + text.get(chosen));
  }

  /** Names by precision; the one without a suffix first. */
  private static SortedMap<String, String> variants(List<String> names, String stem) {
    SortedMap<String, String> variants =
        new TreeMap<>(
            Comparator.comparing((String name) -> name.equals(UNNAMED) == false)
                .thenComparing(Comparator.naturalOrder()));
    for (String name : names) {
      if (name.equals(stem + GraphFiles.SUFFIX)) {
        variants.put(UNNAMED, name);
      } else if (name.startsWith(stem + "_") && name.endsWith(GraphFiles.SUFFIX)) {
        int end = name.length() - GraphFiles.SUFFIX.length();
        variants.put(name.substring(stem.length() + 1, end), name);
      }
    }
    return variants;
  }

  private static String only(List<String> precisions, List<String> names) {
    if (precisions.size() > 1) {
      throw new BundleException(
          "[onnx] has the graphs in several precisions: say which one with --precision, one of %s",
          precisions);
    }
    if (precisions.isEmpty()) {
      throw new BundleException(
          "[onnx] must have vision_model.onnx and text_model.onnx of the same precision, got %s",
          names.stream().filter(name -> name.endsWith(GraphFiles.SUFFIX)).toList());
    }
    return precisions.get(0);
  }

  @Override
  public Derived derive(Path folder, ImportOptions options) {
    JsonFields model = HubFiles.json(folder, CONFIG);
    Family family = Family.of(model);
    return new Derived(
        family.id(),
        ImageRules.read(family, HubFiles.json(folder, PREPROCESSOR), model),
        TextRules.read(family, folder, model),
        family.logitScale(options),
        family.logitBias(options),
        family.ports,
        () -> family.dimensions(model));
  }
}
