package org.sightline.integration.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.sightline.integration.Installation;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files below {@code packaging/}. */
final class PackagingFiles {
  private static final YAMLMapper MAPPER = new YAMLMapper();

  private PackagingFiles() {}

  static Path path(String name) {
    return Installation.checkout().resolve("packaging").resolve(name);
  }

  static String text(String name) {
    try {
      return Files.readString(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file in YAML, anchors and merges resolved; a key that stands twice is refused. */
  static JsonNode yaml(String name) {
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    Object loaded = new Yaml(new SafeConstructor(strict)).load(text(name));
    return MAPPER.valueToTree(loaded);
  }

  /** A text in YAML. */
  static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of all files of a kind, relative to {@code packaging/}. */
  static List<String> names(String ending) {
    Path top = path("");
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.walk(top)) {
      files
          .filter(file -> Files.isRegularFile(file) && file.toString().endsWith(ending))
          .sorted()
          .forEach(file -> names.add(top.relativize(file).toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }
}
