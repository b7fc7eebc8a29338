package org.sightline.plugin.store;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.model.ModelStatus;

/** A version of a model that this node does not have yet. Guarded by {@link StoredModels}. */
final class ModelFetch {
  private final StoredModel model;
  private final CompletableFuture<Void> arrived = new CompletableFuture<>();
  private int failures;
  private String reason;
  private boolean refused;
  private boolean untilPushed;
  private Bundle waiting;

  ModelFetch(StoredModel model) {
    this.model = model;
  }

  StoredModel model() {
    return model;
  }

  /** Completes when the model is there, fails when another try is needed, or none is made. */
  CompletableFuture<Void> arrived() {
    return arrived;
  }

  /** The next try after this one failed. */
  ModelFetch again(String why) {
    ModelFetch next = new ModelFetch(model);
    next.failures = failures + 1;
    next.reason = why;
    return next;
  }

  /** Tries that failed. */
  int failures() {
    return failures;
  }

  /** The files are there, and the model cannot be used: another try would not help. */
  void refuse(String why) {
    reason = why;
    refused = true;
  }

  /** The same, and nobody tries it before it is pushed again. */
  void refuseUntilPushed(String why) {
    refuse(why);
    untilPushed = true;
  }

  boolean waitsForPush() {
    return untilPushed;
  }

  /** The files are there, and another node has its turn. */
  void await(Bundle bundle, String why) {
    waiting = bundle;
    reason = why;
  }

  /** The files that wait, once; null where none do. */
  Bundle resume() {
    Bundle bundle = waiting;
    waiting = null;
    return bundle;
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
