package org.sightline.plugin.store;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.sightline.runtime.model.ModelStatus;

/** A version of a model that this node does not have yet. Guarded by whoever keeps it. */
final class Fetch {
  private final StoredModel model;
  private final CompletableFuture<Void> arrived = new CompletableFuture<>();
  private int failures;
  private String reason;
  private boolean refused;

  Fetch(StoredModel model) {
    this.model = model;
  }

  StoredModel model() {
    return model;
  }

  /** Completes when the model is there, fails when another try is needed. */
  CompletableFuture<Void> arrived() {
    return arrived;
  }

  /** The next try after this one failed. */
  Fetch again(String why) {
    Fetch next = new Fetch(model);
    next.failures = failures + 1;
    next.reason = why;
    return next;
  }

  /** Tries that failed. */
  int failures() {
    return failures;
  }

  /** The files are there and the model cannot be used: another try would not help. */
  void refuse(String why) {
    reason = why;
    refused = true;
  }

  ModelStatus status() {
    return new ModelStatus(
        model.id(),
        refused ? ModelStatus.State.FAILED : ModelStatus.State.FETCHING,
        reason,
        model.manifest().info(),
        model.version(),
        model.manifest().bytes(),
        Map.of());
  }
}
