package org.sightline.plugin.node;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.sightline.runtime.model.ModelStatus;

/** Models that are on their way to this node. Thread-safe, never blocks. */
public interface Arrivals {
  /** Of a node that waits for none. */
  Arrivals NONE =
      new Arrivals() {
        @Override
        public CompletionStage<?> of(String modelId) {
          return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<ModelStatus> statuses() {
          return List.of();
        }

        @Override
        public void unusable(String modelId) {}
      };

  /**
   * Completes when the model is there; at once where it is, or where it is not expected. Fails when
   * it could not be fetched.
   */
  CompletionStage<?> of(String modelId);

  /** Those on their way, and those that did not arrive, with the reason. */
  List<ModelStatus> statuses();

  /** Told that a model of this node could not be used; looks whether its files are damaged. */
  void unusable(String modelId);
}
