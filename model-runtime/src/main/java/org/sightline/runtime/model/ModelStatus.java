package org.sightline.runtime.model;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.sightline.runtime.inference.ModelInfo;

/**
 * Where a model stands.
 *
 * @param id the model id, or the folder's name where the manifest gives none
 * @param state where it stands
 * @param reason why it failed, or did not arrive yet; or null
 * @param info what the manifest says; null when the manifest is broken
 * @param version SHA-256 of the manifest, another one for each version of a bundle; null when the
 *     manifest is broken
 * @param bundleBytes length of the bundle's files; 0 when the manifest is broken
 * @param devices what each graph file really runs on; empty unless {@code LOADED}
 */
public record ModelStatus(
    String id,
    State state,
    String reason,
    ModelInfo info,
    String version,
    long bundleBytes,
    Map<String, String> devices) {
  public ModelStatus {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(state, "state");
    devices = Collections.unmodifiableMap(new TreeMap<>(devices));
  }

  /** The status of a bundle whose manifest cannot be used. */
  public static ModelStatus broken(String id, String reason) {
    return new ModelStatus(id, State.FAILED, reason, null, null, 0, Map.of());
  }

  /** Where a model can stand. */
  public enum State {
    /** Its manifest is valid; the first request loads it. */
    AVAILABLE,
    LOADING,
    LOADED,
    /** It cannot be used, for the reason given. An explicit load tries again. */
    FAILED,
    /** Its files are on their way from the cluster to this node. */
    FETCHING
  }
}
