package org.sightline.plugin.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.sightline.plugin.store.StoreCatalog.Trial;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.model.ModelStatus;

/**
 * Who loads a version that no node has loaded yet: one inference node at a time, because a bundle
 * may end the process or hold a thread for ever. When it is loaded, all others load it. The catalog
 * remembers who tries, so a node that is lost meanwhile is noticed, also by itself when it is back:
 * then the version is tried once more and no further. Thread-safe.
 */
final class Trials {
  private static final Logger logger = LogManager.getLogger(Trials.class);

  private static final int MOST_ATTEMPTS = 2;

  /** What a node may do with a version. */
  enum Turn {
    /** Load it: some node has. */
    FREE,
    /** Load it, and say how that ended. */
    OURS,
    /** Wait until the catalog changes. */
    LATER,
    /** Leave it alone. */
    NEVER
  }

  private final StoreDocuments documents;
  private final Supplier<DiscoveryNodes> nodes;

  /** By version, ends of this node's turns that the catalog does not know yet. */
  private final Map<String, Runnable> ends = new ConcurrentHashMap<>();

  Trials(StoreDocuments documents, Supplier<DiscoveryNodes> nodes) {
    this.documents = documents;
    this.nodes = nodes;
  }

  /** Takes the turn where nobody has it. */
  CompletableFuture<Turn> take(StoredModel model) {
    DiscoveryNode local = nodes.get().getLocalNode();
    AtomicReference<Turn> turn = new AtomicReference<>();
    return documents
        .change(
            catalog -> {
              Trial trial = catalog.trial(model);
              turn.set(turn(trial, local));
              return turn.get() == Turn.OURS
                  ? catalog.with(model, trial.by(local.getEphemeralId(), local.getName()))
                  : catalog;
            })
        .thenApply(catalog -> turn.get());
  }

  private Turn turn(Trial trial, DiscoveryNode local) {
    if (trial == null) {
      return Turn.FREE;
    }
    if (trial.failure() != null || lostTooOften(trial)) {
      return Turn.NEVER;
    }
    boolean ours = trial.process() == null || local.getEphemeralId().equals(trial.process());
    return ours || isLost(trial) ? Turn.OURS : Turn.LATER;
  }

  private boolean lostTooOften(Trial trial) {
    return isLost(trial) && trial.attempts() >= MOST_ATTEMPTS;
  }

  private boolean isLost(Trial trial) {
    return trial.process() != null
        && nodes.get().stream().noneMatch(node -> node.getEphemeralId().equals(trial.process()));
  }

  /**
   * Ends the turn of this node. A version that it has loaded all nodes may load; one that it could
   * not load is the next node's; one whose loading does not end is nobody's.
   *
   * @param status null where there was a failure
   * @param failure null where there was none
   */
  CompletableFuture<?> end(StoredModel model, ModelStatus status, InferenceException failure) {
    Trial next;
    if (status != null && status.state() == ModelStatus.State.LOADED) {
      next = null;
    } else if (failure != null && failure.kind() == InferenceException.Kind.DEADLINE_EXCEEDED) {
      String node = nodes.get().getLocalNode().getName();
      next = new Trial(1, null, node, "node [" + node + "]: " + failure.getMessage());
    } else {
      next = Trial.OPEN;
    }
    ends.put(model.version(), () -> note(model, next));
    return note(model, next);
  }

  private CompletableFuture<?> note(StoredModel model, Trial next) {
    return documents
        .change(catalog -> catalog.trial(model) == null ? catalog : catalog.with(model, next))
        .whenComplete(
            (catalog, error) -> {
              if (error == null) {
                ends.remove(model.version());
              } else {
                logger.warn("the first load of model [" + model.id() + "] is not noted", error);
              }
            });
  }

  /** Tells the catalog what it could not be told before. */
  void noteAgain() {
    List.copyOf(ends.values()).forEach(Runnable::run);
  }

  /** Begins anew where a node was lost or a load did not end. */
  CompletableFuture<?> again(StoredModel model) {
    return documents.change(
        catalog -> {
          Trial trial = catalog.trial(model);
          boolean over = trial != null && (trial.failure() != null || isLost(trial));
          return over ? catalog.with(model, Trial.OPEN) : catalog;
        });
  }

  /** Why no node loads a version, or empty where one does or may. */
  Optional<String> refusal(StoreCatalog catalog, StoredModel model) {
    Trial trial = catalog.trial(model);
    if (trial == null) {
      return Optional.empty();
    }
    String what = trial.failure();
    if (what == null && lostTooOften(trial)) {
      what =
          "["
              + trial.attempts()
              + "] times a node was lost while it loaded this version for the"
              + " first time, the last was ["
              + trial.node()
              + "]";
    }
    return Optional.ofNullable(what)
        .map(
            why ->
                why
                    + "; no node loads it until it is pushed again: try it with [sightline-models"
                    + " verify]");
  }

  /** What a node waits for. */
  String waiting(StoreCatalog catalog, StoredModel model) {
    Trial trial = catalog.trial(model);
    return trial == null || trial.node() == null
        ? "a node loads it first"
        : "node [" + trial.node() + "] loads it first";
  }
}
