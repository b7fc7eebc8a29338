package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.JsonFields;

/**
 * The configs of a model and its tokenizer, wherever they lie: beside the graph that they are for,
 * in the folders above it, or at the top of the other source.
 */
final class ConfigFiles {
  static final String CONFIG = "config.json";
  static final String OPEN_CLIP = "open_clip_config.json";
  static final String PREPROCESSOR = "preprocessor_config.json";
  static final String PROCESSOR = "processor_config.json";
  static final String PREPROCESSING = "preprocess_cfg.json";
  static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  static final String SPECIAL_TOKENS = "special_tokens_map.json";

  private static final List<String> OF_PICTURES =
      List.of(CONFIG, OPEN_CLIP, PREPROCESSOR, PROCESSOR, PREPROCESSING);
  private static final List<String> OF_TEXTS =
      List.of(CONFIG, BundleManifest.TOKENIZER, TOKENIZER_CONFIG, SPECIAL_TOKENS);

  private final List<? extends Collection<String>> sources;
  private final List<Path> folders;
  private final Layout layout;

  /**
   * The configs of a model.
   *
   * @param sources paths of the files of each source
   * @param folders where they are, or will be once they are fetched
   */
  ConfigFiles(List<? extends Collection<String>> sources, List<Path> folders, Layout layout) {
    this.sources = sources;
    this.folders = folders;
    this.layout = layout;
  }

  /** Whether a source says how pictures are prepared. */
  static boolean preparesPictures(Collection<String> paths) {
    return paths.stream()
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .anyMatch(List.of(PREPROCESSOR, PROCESSOR, PREPROCESSING)::contains);
  }

  /** A config about pictures, or about the whole model. */
  Optional<SourceFile> ofPictures(String name) {
    return find(layout.vision(), name);
  }

  /** A config about texts. */
  Optional<SourceFile> ofTexts(String name) {
    return find(layout.text(), name);
  }

  private Optional<SourceFile> find(SourceFile graph, String name) {
    List<SourceFile> places = new ArrayList<>();
    SourceFile place = graph.beside(name);
    places.add(place);
    while (place.folder().isEmpty() == false) {
      String folder = place.folder();
      int above = folder.lastIndexOf('/', folder.length() - 2) + 1;
      place = new SourceFile(graph.source(), folder.substring(0, above) + name);
      places.add(place);
    }
    for (int source = 0; source < sources.size(); source++) {
      if (source != graph.source()) {
        places.add(new SourceFile(source, name));
      }
    }
    return places.stream()
        .filter(file -> sources.get(file.source()).contains(file.path()))
        .findFirst();
  }

  /** Every file that is read, if it is there. */
  Set<SourceFile> all() {
    Set<SourceFile> all = new LinkedHashSet<>();
    OF_PICTURES.forEach(name -> ofPictures(name).ifPresent(all::add));
    OF_TEXTS.forEach(name -> ofTexts(name).ifPresent(all::add));
    return all;
  }

  /** The tokenizer. */
  SourceFile tokenizer() {
    return ofTexts(BundleManifest.TOKENIZER).orElseThrow(() -> missing(BundleManifest.TOKENIZER));
  }

  /** The error for a file that is nowhere. */
  BundleException missing(String name) {
    List<String> all = sources.stream().<String>flatMap(Collection::stream).toList();
    return new BundleException(
        "[%s] is missing; there are %s; a second source may have it, such as the repository of the"
            + " checkpoint",
        name, Layout.firstOf(all));
  }

  /** Where a file is on disk. */
  Path path(SourceFile file) {
    return HubFiles.require(folders.get(file.source()), file.path());
  }

  /** The JSON object of a file. */
  JsonFields json(SourceFile file) {
    return HubFiles.json(folders.get(file.source()), file.path());
  }

  /** The same of a file that may be missing: then it is an object without fields. */
  JsonFields textsJson(String name) {
    return ofTexts(name).map(this::json).orElseGet(() -> JsonFields.ofNoFile(name));
  }
}
