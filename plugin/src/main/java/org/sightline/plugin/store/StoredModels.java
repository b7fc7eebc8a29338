package org.sightline.plugin.store;

import java.io.IOException;
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
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.model.ModelStatus;

/**
 * Brings an inference node to have what the cluster has: fetches versions that are new, one at a
 * time, checks their files, puts them into the runtime, takes away what is no longer stored. A
 * fetch that fails is tried again for as long as the model is stored; a copy whose files are
 * damaged is fetched once more. Thread-safe; fetching runs on the generic pool.
 */
final class StoredModels implements Arrivals {
  private static final Logger logger = LogManager.getLogger(StoredModels.class);

  private static final TimeValue LONGEST_PAUSE = TimeValue.timeValueSeconds(60);

  private final ModelStore store;
  private final ModelCopies copies;
  private final LocalInference local;
  private final ThreadPool threadPool;
  private final Runnable changed;

  /** Versions by model id that the runtime has from here; guarded by this, as is what follows. */
  private final Map<String, String> held = new HashMap<>();

  private final Map<String, Fetch> fetches = new HashMap<>();

  /** Versions that were fetched a second time because their files were damaged. */
  private final Set<String> repaired = new HashSet<>();

  /** Versions whose files are being compared with their hashes. */
  private final Set<String> looking = new HashSet<>();

  private final Set<String> hidden = new HashSet<>();
  private StoreCatalog wanted = StoreCatalog.EMPTY;

  /** Ends when the last fetch that was begun has ended. */
  private CompletableFuture<?> lane = CompletableFuture.completedFuture(null);

  /**
   * Puts the copies on disk into the runtime, so that a node which restarts need not wait for the
   * cluster.
   *
   * @param changed told when models of this node came or went
   */
  StoredModels(
      ModelStore store,
      ModelCopies copies,
      LocalInference local,
      ThreadPool threadPool,
      Runnable changed) {
    this.store = store;
    this.copies = copies;
    this.local = local;
    this.threadPool = threadPool;
    this.changed = changed;
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
    fetches.keySet().removeIf(id -> catalog.models().containsKey(id) == false);
    for (String id : List.copyOf(held.keySet())) {
      if (catalog.models().containsKey(id) == false) {
        String version = held.remove(id);
        local.runtime().remove(id).whenComplete((done, failure) -> copies.remove(version));
        logger.info("model [{}] was removed from the cluster", id);
        tell();
      }
    }
  }

  /** On another thread, because listeners ask back under locks of their own. */
  private void tell() {
    threadPool.generic().execute(changed);
  }

  private void want(StoredModel model) {
    String id = model.id();
    Fetch fetch = fetches.get(id);
    boolean known = fetch != null && fetch.model().version().equals(model.version());
    if (model.version().equals(held.get(id)) || known) {
      return;
    }
    if (held.containsKey(id) == false && local.runtime().catalog().find(id).isPresent()) {
      if (hidden.add(id)) {
        logger.warn("model [{}] of the cluster is hidden by the one in this node's folder", id);
      }
      return;
    }
    begin(new Fetch(model));
  }

  private void begin(Fetch fetch) {
    fetches.put(fetch.model().id(), fetch);
    lane =
        lane.handle((done, failure) -> null)
            .thenComposeAsync(done -> fetch(fetch), threadPool.generic())
            .whenComplete((done, failure) -> ended(fetch, failure));
  }

  private synchronized boolean stillWanted(Fetch fetch) {
    return fetches.get(fetch.model().id()) == fetch;
  }

  private CompletableFuture<?> fetch(Fetch fetch) {
    if (stillWanted(fetch) == false) {
      return CompletableFuture.completedFuture(null);
    }
    StoredModel model = fetch.model();
    logger.info("fetching model [{}], version [{}]", model.id(), model.version());
    ModelCopies.Copy copy;
    try {
      copy = copies.begin(model);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<Void> files = CompletableFuture.completedFuture(null);
    for (String name : model.manifest().files().keySet()) {
      files =
          files.thenCompose(
              done ->
                  store.read(
                      model,
                      name,
                      bytes -> {
                        if (stillWanted(fetch) == false) {
                          throw new IllegalStateException("another version is wanted");
                        }
                        copy.append(name, bytes);
                      }));
    }
    return files
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                copy.giveUp();
              }
            })
        .thenApplyAsync(done -> copy.finish(), threadPool.generic())
        .thenCompose(bundle -> local.runtime().put(bundle, true))
        .thenAccept(status -> arrived(fetch, status));
  }

  private synchronized void arrived(Fetch fetch, ModelStatus status) {
    StoredModel model = fetch.model();
    if (stillWanted(fetch) == false) {
      // it came too late: what is wanted now is fetched next, or nothing is
      if (wanted.models().containsKey(model.id()) == false) {
        local
            .runtime()
            .remove(model.id())
            .whenComplete((done, failure) -> copies.remove(model.version()));
      } else {
        held.put(model.id(), model.version());
      }
      return;
    }
    boolean refused = status.state() == ModelStatus.State.FAILED;
    boolean oldServes = refused && status.version().equals(versionInRuntime(model.id())) == false;
    if (oldServes) {
      copies.remove(model.version());
      fetch.refuse(status.reason());
      logger.warn("model [{}]: {}; the one before stays in service", model.id(), status.reason());
      return;
    }
    String before = held.put(model.id(), model.version());
    if (before != null && before.equals(model.version()) == false) {
      copies.remove(before);
    }
    fetches.remove(model.id());
    if (refused) {
      logger.warn("model [{}] cannot be used: {}", model.id(), status.reason());
    } else {
      logger.info("model [{}] is [{}]", model.id(), status.state());
    }
  }

  private String versionInRuntime(String id) {
    return local.runtime().models().stream()
        .filter(status -> status.id().equals(id))
        .map(ModelStatus::version)
        .findFirst()
        .orElse(null);
  }

  private void ended(Fetch fetch, Throwable failure) {
    if (failure == null) {
      tell();
      fetch.arrived().complete(null);
      return;
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    String reason =
        cause instanceof UncheckedIOException ? cause.getCause().toString() : cause.toString();
    synchronized (this) {
      if (stillWanted(fetch)) {
        logger.warn(
            "model [" + fetch.model().id() + "] could not be fetched, it is tried again", cause);
        Fetch next = fetch.again("it could not be fetched, it is tried again: " + reason);
        fetches.put(fetch.model().id(), next);
        long seconds = Math.min(1L << Math.min(next.failures() - 1, 10), LONGEST_PAUSE.seconds());
        threadPool.scheduleUnlessShuttingDown(
            TimeValue.timeValueSeconds(seconds), threadPool.generic(), () -> retry(next));
      }
    }
    fetch.arrived().completeExceptionally(cause);
  }

  private synchronized void retry(Fetch fetch) {
    if (stillWanted(fetch)) {
      begin(fetch);
    }
  }

  @Override
  public synchronized CompletionStage<?> of(String modelId) {
    Fetch fetch = fetches.get(modelId);
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
    local
        .runtime()
        .bundle(modelId)
        .filter(this::mayBeDamaged)
        .ifPresent(bundle -> threadPool.generic().execute(() -> look(bundle)));
  }

  /** Whether looking may lead to something: it reads gigabytes, and requests may fail in a row. */
  private synchronized boolean mayBeDamaged(Bundle bundle) {
    String version = bundle.manifest().fingerprint();
    return version.equals(held.get(bundle.manifest().id()))
        && repaired.contains(version) == false
        && looking.add(version);
  }

  private void look(Bundle bundle) {
    String id = bundle.manifest().id();
    String version = bundle.manifest().fingerprint();
    try {
      bundle.verify();
    } catch (BundleException e) {
      synchronized (this) {
        StoredModel model = wanted.models().get(id);
        boolean ours = version.equals(held.get(id)) && model != null;
        if (ours && fetches.containsKey(id) == false && repaired.add(version)) {
          logger.warn(
              "the copy of model [{}] is damaged and is fetched again: {}", id, e.getMessage());
          held.remove(id);
          local.runtime().remove(id);
          begin(new Fetch(model));
        }
      }
    } finally {
      synchronized (this) {
        looking.remove(version);
      }
    }
  }

  /** A version of a model that this node does not have yet. Guarded by the class around it. */
  private static final class Fetch {
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
}
