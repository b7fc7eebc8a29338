package org.sightline.query.compat;

import org.elasticsearch.TransportVersion;

/** Versions of Elasticsearch's messages between nodes. */
public final class Versions {
  private Versions() {}

  /**
   * The oldest version that understands what this plugin sends: any, since the plugin has formats
   * of its own. First patches of 8.19, 9.0 and 9.1 have no constant for it.
   */
  public static TransportVersion oldest() {
    return TransportVersion.fromId(0);
  }
}
