package org.sightline.plugin.node;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.elasticsearch.env.Environment;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.model.ModelStatus;

/**
 * Takes the places of a node's folders out of what it answers: a path below one of them begins in
 * it, as in {@code sightline/models/photos}.
 *
 * @param roots paths of the node's folders, the longest first
 */
public record ServerPaths(List<String> roots) {
  /** No path is taken out. */
  public static final ServerPaths NONE = new ServerPaths(List.of());

  /** The folders of a node, and the one where native libraries are unpacked. */
  public static ServerPaths of(Environment environment) {
    return new ServerPaths(
        Stream.concat(
                Arrays.stream(environment.dataDirs()),
                Stream.of(
                    environment.configDir(),
                    environment.pluginsDir(),
                    environment.logsDir(),
                    environment.tmpDir()))
            .map(Path::toString)
            .sorted(Comparator.comparing(String::length).reversed())
            .toList());
  }

  /** The text without the roots; null stays null. */
  public String hide(String text) {
    String hidden = text;
    for (String root : hidden == null ? List.<String>of() : roots) {
      hidden = hidden.replace(root + "/", "").replace(root + "\\", "").replace(root, ".");
    }
    return hidden;
  }

  /** The same status; its reason has no path. */
  ModelStatus hide(ModelStatus status) {
    return new ModelStatus(
        status.id(),
        status.state(),
        hide(status.reason()),
        status.info(),
        status.version(),
        status.bundleBytes(),
        status.devices());
  }

  /** The same failure; neither its message nor its causes have a path. */
  InferenceException hide(InferenceException failure) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      String message = String.valueOf(one.getMessage());
      if (hide(message).equals(message) == false) {
        return new InferenceException(failure.kind(), hide(failure.getMessage()));
      }
    }
    return failure;
  }
}
