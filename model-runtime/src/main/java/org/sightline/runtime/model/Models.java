package org.sightline.runtime.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleFolder.Entry;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.model.ModelStatus.State;

/**
 * The models of a runtime by id; they may come, be exchanged and go while requests are under way.
 * Thread-safe; nothing slow runs on the thread of a caller.
 */
public final class Models implements ModelCatalog {
  private final Map<String, ModelSlot> slots = new ConcurrentSkipListMap<>();
  private final Map<String, ModelStatus> broken = new ConcurrentSkipListMap<>();
  private final RuntimeContext context;
  private volatile boolean closed;

  public Models(Map<String, Entry> found, RuntimeContext context) {
    this.context = context;
    found.forEach(
        (id, entry) -> {
          switch (entry) {
            case Entry.Valid valid -> slots.put(id, new ModelSlot(valid.bundle(), context));
            case Entry.Broken b -> broken.put(id, ModelStatus.broken(id, b.reason()));
          }
        });
  }

  /**
   * The model with a reference that the receiver gives back by {@code decRef}. One that is
   * exchanged meanwhile is asked for once more.
   */
  public CompletableFuture<LoadedModel> acquire(String id) {
    ModelSlot slot = slots.get(id);
    if (slot == null) {
      return CompletableFuture.failedFuture(unknown(id));
    }
    return slot.acquire()
        .exceptionallyCompose(
            failure ->
                closed || slots.get(id) == slot
                    ? CompletableFuture.failedFuture(failure)
                    : acquire(id));
  }

  /**
   * Adds a model or exchanges it. Where one of that id is loaded, and memory allows both, the new
   * one is loaded beside it and warm before it takes over; a new one that cannot be loaded changes
   * nothing. Requests that use the old one end with it.
   *
   * @param load whether the model is loaded before the stage completes, where memory has room for
   *     it, though none of that id was loaded
   * @return where the new one stands
   */
  public CompletableFuture<ModelStatus> put(Bundle bundle, boolean load) {
    ModelSlot next = new ModelSlot(bundle, context);
    ModelSlot before = slots.get(next.id());
    boolean serving = before != null && before.loaded();
    boolean fits = context.memory().fits(bundle.manifest().loadedBytes());
    if (serving && fits) {
      return next.load().thenApply(status -> takeOver(next));
    }
    exchange(next);
    return serving || load && fits ? next.load() : CompletableFuture.completedFuture(next.status());
  }

  private ModelStatus takeOver(ModelSlot next) {
    if (next.status().state() != State.FAILED) {
      exchange(next);
    }
    return next.status();
  }

  /** Takes a model away; completes when its native memory has been freed. */
  public CompletableFuture<Void> remove(String id) {
    broken.remove(id);
    ModelSlot slot = slots.remove(id);
    return slot == null
        ? CompletableFuture.completedFuture(null)
        : slot.close().thenApply(status -> null);
  }

  /** The slot of a model, or null. */
  public ModelSlot slot(String id) {
    return slots.get(id);
  }

  /** Why a model of that id cannot be used; null unless its manifest is broken. */
  public ModelStatus broken(String id) {
    return broken.get(id);
  }

  public Iterable<ModelSlot> all() {
    return slots.values();
  }

  /** All models by id, broken ones included. */
  public List<ModelStatus> statuses() {
    Map<String, ModelStatus> all = new TreeMap<>(broken);
    slots.forEach((id, slot) -> all.put(id, slot.status()));
    return new ArrayList<>(all.values());
  }

  /** Takes all models out of service and does not wait. */
  public void close() {
    closed = true;
    slots.values().forEach(ModelSlot::close);
  }

  private void exchange(ModelSlot next) {
    broken.remove(next.id());
    ModelSlot before = slots.put(next.id(), next);
    if (before != null) {
      before.close();
    }
    if (closed) {
      next.close();
    }
  }

  @Override
  public SortedSet<String> ids() {
    return new TreeSet<>(slots.keySet());
  }

  @Override
  public Optional<ModelInfo> find(String id) {
    return Optional.ofNullable(slots.get(id)).map(ModelSlot::info);
  }

  @Override
  public ModelInfo require(String id) {
    ModelStatus failed = broken.get(id);
    if (failed != null) {
      throw new InferenceException(
          InferenceException.Kind.MODEL_UNAVAILABLE,
          "model [" + id + "] cannot be used: " + failed.reason());
    }
    return ModelCatalog.super.require(id);
  }
}
