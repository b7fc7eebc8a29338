package org.sightline.plugin.compat;

import org.elasticsearch.indices.SystemIndexDescriptor;

/** Describes system indices. */
public final class SystemIndices {
  private SystemIndices() {}

  /**
   * Completes a description.
   *
   * @param versionKey of the version of Elasticsearch in the mapping's {@code _meta}
   */
  public static SystemIndexDescriptor build(
      SystemIndexDescriptor.Builder builder, String versionKey) {
    return builder.setVersionMetaKey(versionKey).build();
  }
}
