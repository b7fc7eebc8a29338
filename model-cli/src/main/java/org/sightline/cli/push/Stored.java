package org.sightline.cli.push;

/**
 * A model that a cluster has, all of it.
 *
 * @param version of the bundle, as the cluster names it
 * @param result what became of it
 */
public record Stored(String modelId, String version, Result result) {

  /** What a push changed. */
  public enum Result {
    /** The cluster had no model of that id. */
    CREATED,
    /** The cluster had another version. */
    UPDATED,
    /** The cluster had this version. */
    NOOP
  }
}
