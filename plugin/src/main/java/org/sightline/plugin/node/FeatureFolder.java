package org.sightline.plugin.node;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.env.Environment;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.runtime.features.FeatureFiles;

/** Where image features are kept beyond a restart: below the first of the node's data paths. */
public final class FeatureFolder {
  private static final Logger logger = LogManager.getLogger(FeatureFolder.class);

  private FeatureFolder() {}

  /**
   * Opens the folder; a disk that fails does not keep the node from starting.
   *
   * @return null where nothing is kept on disk
   */
  public static FeatureFiles open(Settings settings, Environment environment) {
    ByteSizeValue size = SightlineSettings.FEATURE_DISK_SIZE.get(settings);
    if (SightlineSettings.INFERENCE_ENABLED.get(settings) == false || size.getBytes() == 0) {
      return null;
    }
    Path folder = environment.dataDirs()[0].resolve(ModelFolders.PLUGIN).resolve("features");
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
