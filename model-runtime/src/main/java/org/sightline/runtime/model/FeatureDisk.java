package org.sightline.runtime.model;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.ImageFeatures;

/**
 * The image features of this process on local disk, or none. Files are named by the weights that
 * made them, so that another version of a model under the same id finds nothing of the old one.
 */
public final class FeatureDisk {
  /** No disk. */
  static final FeatureDisk NONE = new FeatureDisk(null, null);

  private static final FeatureFiles.Stats NOTHING = new FeatureFiles.Stats(0, 0, 0, 0, 0, 0);

  private final FeatureFiles files;
  private final Executor writer;

  /**
   * @param writer runs writes; what it rejects is not kept
   */
  public FeatureDisk(FeatureFiles files, Executor writer) {
    this.files = files;
    this.writer = writer;
  }

  /** Whether features are likely there; does not touch the disk. */
  public boolean has(String model, String digest) {
    return files != null && files.contains(model, digest);
  }

  /** The features, or null; touches the disk. */
  public ImageFeatures read(String model, String digest) {
    return files == null ? null : files.read(model, digest);
  }

  /** Writes features that contain tokens, later. */
  public void keep(String model, String digest, ImageFeatures features) {
    if (files == null || features.tokens() == null || files.contains(model, digest)) {
      return;
    }
    try {
      writer.execute(() -> files.write(model, digest, features));
    } catch (RejectedExecutionException e) {
      // the node has better things to do; the image is encoded again when it is needed
    }
  }

  public FeatureFiles.Stats stats() {
    return files == null ? NOTHING : files.stats();
  }
}
