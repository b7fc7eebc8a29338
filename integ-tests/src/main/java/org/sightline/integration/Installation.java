package org.sightline.integration;

import java.nio.file.Path;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.gallery.Gallery;

/** What the build hands to the tests: zips, folders, and the gallery as test data. */
public final class Installation {
  private Installation() {}

  /** Elasticsearch with the plugin, unpacked into a folder of that name. */
  public static Distribution unpack(String folder) {
    Path target = checkout().resolve("integ-tests/target");
    Distribution distribution =
        Distribution.unpack(
            target.resolve("distribution/elasticsearch.zip"),
            target.resolve("cluster").resolve(folder));
    distribution.installPlugin(target.resolve("distribution/sightline.zip"));
    return distribution;
  }

  /** The pictures of the gallery. */
  public static Gallery gallery() {
    return Gallery.read(checkout().resolve("gallery-demo/gallery/noto.zip"));
  }

  /** Root of the repository. */
  public static Path checkout() {
    return Path.of(System.getProperty("sightline.checkout"));
  }
}
