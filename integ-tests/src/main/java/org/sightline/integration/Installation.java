package org.sightline.integration;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.gallery.Gallery;

/** What the build hands to the tests: zips, folders, and the gallery as test data. */
public final class Installation {
  private Installation() {}

  /** Elasticsearch with the plugin, unpacked into a folder of that name. */
  public static Distribution unpack(String folder) {
    return build().unpack(folder);
  }

  /** The zip of an Elasticsearch and that of the plugin for it. */
  public record Build(Path elasticsearch, Path plugin) {
    /** Elasticsearch with the plugin, unpacked into a folder of that name. */
    public Distribution unpack(String folder) {
      Distribution distribution = Distribution.unpack(elasticsearch, folder(folder));
      distribution.installPlugin(plugin);
      return distribution;
    }
  }

  /** What this build made. */
  public static Build build() {
    return new Build(zip("elasticsearch.zip"), zip("sightline.zip"));
  }

  /**
   * The newest Elasticsearch, with the plugin for it. Empty in builds for the newest, and where the
   * plugin for it was not built before.
   */
  public static Optional<Build> newest() {
    return Optional.ofNullable(System.getProperty("sightline.zip.newest"))
        .map(Path::of)
        .filter(Files::exists)
        .map(plugin -> new Build(zip("elasticsearch-newest.zip"), plugin));
  }

  /** Whether the Elasticsearch of this build is of that line, such as 9.2, or of a later one. */
  public static boolean isSince(int major, int minor) {
    String version = System.getProperty("elasticsearch.version"); // given for older ones
    if (version == null) {
      return true;
    }
    String[] parts = version.split("\\.");
    int line = 100 * Integer.parseInt(parts[0]) + Integer.parseInt(parts[1]);
    return line >= 100 * major + minor;
  }

  /** A zip that the build has put there: {@code elasticsearch.zip} or {@code sightline.zip}. */
  public static Path zip(String name) {
    return checkout().resolve("integ-tests/target/distribution").resolve(name);
  }

  /** Where a distribution of that name is unpacked. */
  public static Path folder(String name) {
    return checkout().resolve("integ-tests/target/cluster").resolve(name);
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
