package org.sightline.runtime.inference;

import java.util.Optional;
import java.util.SortedSet;

/** Which models this process knows, loaded or not. Cheap, thread-safe, never blocks. */
public interface ModelCatalog {

  /** Ids of all models that can be asked for. */
  SortedSet<String> ids();

  /** The model of that id, or empty. */
  Optional<ModelInfo> find(String id);

  /**
   * The model of that id.
   *
   * @throws InferenceException of kind {@code UNKNOWN_MODEL}, naming those that exist
   */
  default ModelInfo require(String id) {
    return find(id).orElseThrow(() -> unknown(id));
  }

  /** The error for an id that does not exist, naming those that do. */
  default InferenceException unknown(String id) {
    return new InferenceException(
        InferenceException.Kind.UNKNOWN_MODEL,
        "model [" + id + "] does not exist, expected one of " + ids());
  }
}
