package org.sightline.plugin.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.env.Environment;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.runtime.features.FeatureFiles;

/** The folders of a node that the plugin reads and writes. */
public final class NodeFolders {
  private static final Logger logger = LogManager.getLogger(NodeFolders.class);

  /** The plugin's name, which is the name of its folders. */
  public static final String PLUGIN = "sightline";

  private static final String MODELS = "models";

  private NodeFolders() {}

  /** Folders of bundles: shipped in the zip, and added by users below the config folder. */
  public static List<Path> models(Environment environment) {
    return List.of(
        environment.pluginsDir().resolve(PLUGIN).resolve(MODELS),
        environment.configDir().resolve(PLUGIN).resolve(MODELS));
  }

  /** Copies of the cluster's models. */
  public static Path modelCopies(Environment environment) {
    return data(environment).resolve(MODELS);
  }

  /** Below the first of the node's data paths. */
  private static Path data(Environment environment) {
    return environment.dataDirs()[0].resolve(PLUGIN);
  }

  /**
   * Opens the image features that are kept beyond a restart; a disk that fails does not keep the
   * node from starting.
   *
   * @return null where nothing is kept on disk
   */
  public static FeatureFiles openFeatures(Settings settings, Environment environment) {
    ByteSizeValue size = SightlineSettings.FEATURE_DISK_SIZE.get(settings);
    if (SightlineSettings.INFERENCE_ENABLED.get(settings) == false || size.getBytes() == 0) {
      return null;
    }
    Path folder = data(environment).resolve("features");
    try {
      FeatureFiles files =
          FeatureFiles.open(
              folder, size.getBytes(), SightlineSettings.FEATURE_DISK_STORAGE.get(settings));
      FeatureFiles.Stats found = files.stats();
      logger.info(
          "image features of [{}] images, [{}], are on disk, allowed are [{}]",
          found.entries(),
          ByteSizeValue.ofBytes(found.bytes()),
          size);
      return files;
    } catch (IOException e) {
      logger.warn("image features cannot be kept in [" + folder + "]", e);
      return null;
    }
  }
}
