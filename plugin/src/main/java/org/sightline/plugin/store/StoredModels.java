package org.sightline.plugin.store;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.plugin.node.Arrivals;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.store.Trials.Turn;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.model.ModelStatus;

/**
 * Brings an inference node to have what the cluster has: fetches versions that are new, one at a
 * time, checks their files, puts them into the runtime when it is this node's turn ({@link
 * Trials}), takes away what is no longer stored. A fetch that fails is tried again for as long as
 * the model is stored; a copy whose files are damaged is fetched once more. Thread-safe; fetching
 * runs on the generic pool.
 */
final class StoredModels implements Arrivals {
  private static final Logger logger = LogManager.getLogger(StoredModels.class);

  private static final TimeValue LONGEST_PAUSE = TimeValue.timeValueSeconds(60);

  private final ModelStore store;
  private final ModelCopies copies;
  private final LocalInference local;
  private final ThreadPool threadPool;
  private final Runnable changed;
  private final Runnable refresh;
  private final DamagedCopies damaged;

  /** Versions by model id that the runtime has from here; guarded by this, as is what follows. */
  private final Map<String, String> held = new HashMap<>();

  private final Map<String, ModelFetch> fetches = new HashMap<>();

  private final Set<String> hidden = new HashSet<>();
  private StoreCatalog wanted = StoreCatalog.EMPTY;

  /** Ends when the last fetch or removal of files that was begun has ended. */
  private CompletableFuture<?> lane = CompletableFuture.completedFuture(null);

  /**
   * Puts the copies on disk into the runtime, so that a node which restarts need not wait for the
   * cluster.
   *
   * @param changed told when models of this node came or went
   * @param refresh makes all nodes read the catalog
   */
  StoredModels(
      ModelStore store,
      ModelCopies copies,
      LocalInference local,
      ThreadPool threadPool,
      Runnable changed,
      Runnable refresh) {
    this.store = store;
    this.copies = copies;
    this.local = local;
    this.threadPool = threadPool;
    this.changed = changed;
    this.refresh = refresh;
    this.damaged = new DamagedCopies(threadPool.generic(), this::fetchAgain);
    for (Bundle bundle : copies.all()) {
      String id = bundle.manifest().id();
      if (local.runtime().catalog().find(id).isEmpty()) {
        held.put(id, bundle.manifest().fingerprint());
        local.runtime().put(bundle, false);
      }
    }
  }

  /** Follows the catalog. */
  synchronized void follow(StoreCatalog catalog) {
    wanted = catalog;
    catalog.models().values().forEach(this::want);
    for (String id : List.copyOf(fetches.keySet())) {
      if (catalog.models().containsKey(id) == false) {
        leave(fetches.remove(id));
      }
    }
    for (String id : List.copyOf(held.keySet())) {
      if (catalog.models().containsKey(id) == false) {
        String version = held.remove(id);
        local.runtime().remove(id).whenComplete((done, failure) -> drop(version));
        logger.info("model [{}] was removed from the cluster", id);
        tell();
      }
    }
  }

  /** On another thread, because listeners ask back under locks of their own. */
  private void tell() {
    threadPool.generic().execute(changed);
  }

  /** Removes a copy, in its turn and without the monitor: deleting gigabytes takes time. */
  private synchronized void drop(String version) {
    lane =
        lane.handle((done, failure) -> null)
            .thenRunAsync(
                () -> {
                  if (isHeld(version) == false) {
                    copies.remove(version);
                  }
                },
                threadPool.generic());
  }

  private synchronized boolean isHeld(String version) {
    return held.containsValue(version);
  }

  /** Removes what a fetch that nobody wants any more has brought; null is none. */
  private void leave(ModelFetch fetch) {
    if (fetch != null && fetch.resume() != null) {
      drop(fetch.model().version());
    }
  }

  private void want(StoredModel model) {
    String id = model.id();
    ModelFetch fetch = fetches.get(id);
    boolean known = fetch != null && fetch.model().version().equals(model.version());
    if (model.version().equals(held.get(id))) {
      return;
    }
    boolean anew = known && fetch.waitsForPush() && store.trials().refusal(wanted, model).isEmpty();
    if (known && anew == false) {
      Bundle waiting = fetch.resume();
      if (waiting != null) {
        threadPool.generic().execute(() -> place(fetch, waiting));
      }
      return;
    }
    if (held.containsKey(id) == false && local.runtime().catalog().find(id).isPresent()) {
      if (hidden.add(id)) {
        logger.warn("model [{}] of the cluster is hidden by the one in this node's folder", id);
      }
      return;
    }
    leave(fetch);
    begin(new ModelFetch(model));
  }

  private void begin(ModelFetch fetch) {
    fetches.put(fetch.model().id(), fetch);
    lane =
        lane.handle((done, failure) -> null)
            .thenComposeAsync(done -> fetch(fetch), threadPool.generic())
            .whenComplete(
                (bundle, failure) -> {
                  if (failure != null) {
                    failed(fetch, failure);
                  } else if (bundle != null) {
                    place(fetch, bundle);
                  }
                });
  }

  private synchronized boolean stillWanted(ModelFetch fetch) {
    return fetches.get(fetch.model().id()) == fetch;
  }

  /** The files of a model; null where nobody wants them any more. */
  private CompletableFuture<Bundle> fetch(ModelFetch fetch) {
    if (stillWanted(fetch) == false) {
      fetch.arrived().complete(null);
      return CompletableFuture.completedFuture(null);
    }
    StoredModel model = fetch.model();
    logger.info("fetching model [{}], version [{}]", model.id(), model.version());
    ModelCopies.Copy copy = copies.begin(model);
    return store
        .read(
            model,
            (name, bytes) -> {
              if (stillWanted(fetch) == false) {
                throw new IllegalStateException("another version is wanted");
              }
              copy.append(name, bytes);
            })
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                copy.giveUp();
              }
            })
        .thenApplyAsync(done -> copy.finish(), threadPool.generic());
  }

  /** Puts a model into the runtime, when it is this node's turn. */
  private void place(ModelFetch fetch, Bundle bundle) {
    StoreCatalog known = catalog();
    store
        .trials()
        .take(fetch.model())
        .thenComposeAsync(turn -> place(fetch, bundle, turn, known), threadPool.generic())
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                failed(fetch, failure);
              }
            });
  }

  private CompletionStage<?> place(ModelFetch fetch, Bundle bundle, Turn turn, StoreCatalog known) {
    CompletionStage<?> done = CompletableFuture.completedFuture(null);
    if (stillWanted(fetch) == false) {
      drop(fetch.model().version());
      fetch.arrived().complete(null);
    } else if (turn == Turn.LATER) {
      await(fetch, bundle, known);
    } else if (turn == Turn.NEVER) {
      refuse(fetch, store.trials().refusal(catalog(), fetch.model()).orElse("it was refused"));
    } else {
      done = load(bundle, turn).handle((status, failure) -> loaded(fetch, turn, status, failure));
    }
    return done;
  }

  private Void loaded(ModelFetch fetch, Turn turn, ModelStatus status, Throwable failure) {
    InferenceException error = failure == null ? null : InferenceException.of(failure);
    if (turn == Turn.OURS) {
      store.trials().end(fetch.model(), status, error).whenComplete((ended, e) -> refresh.run());
    }
    if (error != null) {
      throw error;
    }
    arrived(fetch, status);
    tell();
    fetch.arrived().complete(null);
    return null;
  }

  /** Waits for another node, unless the catalog has changed since the turn was asked for. */
  private synchronized void await(ModelFetch fetch, Bundle bundle, StoreCatalog known) {
    if (known != wanted) {
      threadPool.generic().execute(() -> place(fetch, bundle));
    } else {
      fetch.await(bundle, store.trials().waiting(wanted, fetch.model()));
    }
  }

  private synchronized StoreCatalog catalog() {
    return wanted;
  }

  private CompletionStage<ModelStatus> load(Bundle bundle, Turn turn) {
    CompletionStage<ModelStatus> put = local.runtime().put(bundle, true);
    return turn == Turn.FREE
        ? put
        : put.thenCompose(
            status ->
                status.state() == ModelStatus.State.AVAILABLE
                    ? local.runtime().load(status.id()) // it found no room, others make it
                    : CompletableFuture.completedFuture(status));
  }

  /** Leaves a version alone until somebody pushes it again. */
  private void refuse(ModelFetch fetch, String why) {
    StoredModel model = fetch.model();
    String before;
    synchronized (this) {
      fetch.refuseUntilPushed(why);
      before = held.get(model.id());
    }
    logger.warn("model [{}] is not loaded: {}", model.id(), why);
    if (isInRuntime(model)) {
      local.runtime().remove(model.id());
      if (before != null) {
        local.runtime().put(copies.get(before, model.id()), false);
      }
    }
    drop(model.version());
    tell();
    String message = "model [" + model.id() + "] cannot be used: " + why;
    fetch
        .arrived()
        .completeExceptionally(
            new InferenceException(InferenceException.Kind.MODEL_UNAVAILABLE, message));
  }

  private boolean isInRuntime(StoredModel model) {
    Bundle bundle = local.runtime().bundle(model.id()).orElse(null);
    return bundle != null && bundle.manifest().fingerprint().equals(model.version());
  }

  private synchronized void arrived(ModelFetch fetch, ModelStatus status) {
    StoredModel model = fetch.model();
    if (stillWanted(fetch) == false) {
      // it came too late: what is wanted now is fetched next, or nothing is
      held.put(model.id(), model.version());
      follow(wanted);
      return;
    }
    boolean refused = status.state() == ModelStatus.State.FAILED;
    if (refused && isInRuntime(model) == false) {
      drop(model.version());
      fetch.refuse(status.reason());
      logger.warn("model [{}]: {}; the one before stays in service", model.id(), status.reason());
      return;
    }
    String before = held.put(model.id(), model.version());
    if (before != null && before.equals(model.version()) == false) {
      drop(before);
    }
    fetches.remove(model.id());
    if (refused) {
      logger.warn("model [{}] cannot be used: {}", model.id(), status.reason());
    } else {
      threadPool.generic().execute(() -> copies.tried(model.version()));
      logger.info("model [{}] is [{}]", model.id(), status.state());
    }
  }

  private void failed(ModelFetch fetch, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof InferenceException endless
        && endless.kind() == InferenceException.Kind.DEADLINE_EXCEEDED) {
      refuse(fetch, endless.getMessage());
      return;
    }
    String reason =
        cause instanceof UncheckedIOException ? cause.getCause().toString() : cause.toString();
    synchronized (this) {
      if (stillWanted(fetch)) {
        logger.warn(
            "model [" + fetch.model().id() + "] could not be fetched, it is tried again", cause);
        ModelFetch next = fetch.again("it could not be fetched, it is tried again: " + reason);
        fetches.put(fetch.model().id(), next);
        long seconds = Math.min(1L << Math.min(next.failures() - 1, 10), LONGEST_PAUSE.seconds());
        threadPool.scheduleUnlessShuttingDown(
            TimeValue.timeValueSeconds(seconds), threadPool.generic(), () -> retry(next));
      }
    }
    fetch.arrived().completeExceptionally(cause);
  }

  private synchronized void retry(ModelFetch fetch) {
    if (stillWanted(fetch)) {
      begin(fetch);
    }
  }

  @Override
  public synchronized CompletionStage<?> of(String modelId) {
    ModelFetch fetch = fetches.get(modelId);
    return fetch == null || held.containsKey(modelId)
        ? CompletableFuture.completedFuture(null)
        : fetch.arrived();
  }

  @Override
  public synchronized List<ModelStatus> statuses() {
    List<ModelStatus> statuses = new ArrayList<>();
    fetches.values().forEach(fetch -> statuses.add(fetch.status()));
    return statuses;
  }

  /** Ids of the models that this node has from the cluster, or is about to. */
  synchronized Set<String> ids() {
    Set<String> ids = new HashSet<>(held.keySet());
    ids.addAll(fetches.keySet());
    return ids;
  }

  @Override
  public void unusable(String modelId) {
    local.runtime().bundle(modelId).filter(this::isOurs).ifPresent(damaged::suspect);
  }

  private synchronized boolean isOurs(Bundle bundle) {
    return bundle.manifest().fingerprint().equals(held.get(bundle.manifest().id()));
  }

  private synchronized void fetchAgain(Bundle bundle) {
    String id = bundle.manifest().id();
    StoredModel model = wanted.models().get(id);
    if (isOurs(bundle) && model != null && fetches.containsKey(id) == false) {
      held.remove(id);
      local.runtime().remove(id);
      begin(new ModelFetch(model));
    }
  }
}
