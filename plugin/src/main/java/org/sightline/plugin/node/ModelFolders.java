package org.sightline.plugin.node;

import java.nio.file.Path;
import java.util.List;
import org.elasticsearch.env.Environment;

/** Where bundles lie. */
public final class ModelFolders {
  /** The plugin's name, which is the name of its folder. */
  public static final String PLUGIN = "sightline";

  private static final String MODELS = "models";

  private ModelFolders() {}

  /** Those shipped in the zip, and those that users add below the config folder. */
  public static List<Path> of(Environment environment) {
    return List.of(
        environment.pluginsDir().resolve(PLUGIN).resolve(MODELS),
        environment.configDir().resolve(PLUGIN).resolve(MODELS));
  }
}
