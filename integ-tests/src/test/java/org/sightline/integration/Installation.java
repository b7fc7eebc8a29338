package org.sightline.integration;

import java.nio.file.Path;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.gallery.Gallery;

/** What the build hands to the tests: zips, folders, and the gallery as test data. */
final class Installation {
  private Installation() {}

  /** Elasticsearch with the plugin, unpacked into a folder of that name. */
  static Distribution unpack(String folder) {
    Distribution distribution =
        Distribution.unpack(
            path("sightline.distribution").resolve("elasticsearch.zip"),
            path("sightline.work").resolve(folder));
    distribution.installPlugin(path("sightline.distribution").resolve("sightline.zip"));
    return distribution;
  }

  static Gallery gallery() {
    return Gallery.read(checkout().resolve("gallery-demo/gallery/noto.zip"));
  }

  static Path checkout() {
    return path("sightline.checkout");
  }

  private static Path path(String property) {
    return Path.of(System.getProperty(property));
  }
}
