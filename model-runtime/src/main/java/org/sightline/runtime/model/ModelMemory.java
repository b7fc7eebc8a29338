package org.sightline.runtime.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.stats.RuntimeStats;

/**
 * Native memory of models: a bound, and the models that are unloaded to make room for others. A
 * model counts as the length of its bundle's files, for each graph that holds them, which is the
 * size of its weights. The memory of runs is not counted, because it is not known beforehand.
 * Thread-safe; blocks nobody.
 */
final class ModelMemory {

  /** A model that takes memory. */
  interface Tenant {
    String id();

    /** Whether it is loaded and could be given up. */
    boolean loaded();

    /** Gives its memory up; completes when that is free. */
    CompletableFuture<?> evict();
  }

  private final long budget;

  /** Bytes of each, the longest unused first; guarded by this. */
  private final Map<Tenant, Long> taken = new LinkedHashMap<>(16, 0.75f, true);

  private long evictions;

  ModelMemory(long budget) {
    this.budget = budget;
  }

  /** Memory taken now, the bound, and the number of models that were unloaded for others. */
  synchronized RuntimeStats.Memory stats() {
    return new RuntimeStats.Memory(budget - free(), budget, evictions);
  }

  /** Whether so many bytes are free, without anybody giving theirs up. */
  synchronized boolean fits(long bytes) {
    return bytes <= free();
  }

  private long free() {
    return budget - taken.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Notes that a model is used now. */
  synchronized void use(Tenant tenant) {
    taken.get(tenant);
  }

  /** Gives back what a model has taken. */
  synchronized void giveBack(Tenant tenant) {
    taken.remove(tenant);
  }

  /**
   * Takes memory, for which others are unloaded, the longest unused first.
   *
   * @return completes when it is taken; fails with {@code MODEL_UNAVAILABLE} when the model needs
   *     more than there is for all, with {@code OVERLOADED} when all others are just being loaded
   */
  CompletableFuture<Void> take(Tenant tenant, long bytes) {
    List<Tenant> leaving = new ArrayList<>();
    synchronized (this) {
      long free = free();
      if (bytes <= free) {
        taken.put(tenant, bytes);
        return CompletableFuture.completedFuture(null);
      }
      if (bytes > budget) {
        return refused(Kind.MODEL_UNAVAILABLE, tenant, bytes, "for all models together");
      }
      for (Map.Entry<Tenant, Long> other : taken.entrySet()) {
        if (free < bytes && other.getKey().loaded()) {
          leaving.add(other.getKey());
          free += other.getValue();
        }
      }
      if (free < bytes) {
        return refused(Kind.OVERLOADED, tenant, bytes, "and other models are being loaded");
      }
      evictions += leaving.size();
    }
    CompletableFuture<?>[] gone =
        leaving.stream().map(Tenant::evict).toArray(CompletableFuture<?>[]::new);
    // somebody else may have taken it meanwhile: look again
    return CompletableFuture.allOf(gone).thenCompose(nothing -> take(tenant, bytes));
  }

  private CompletableFuture<Void> refused(Kind kind, Tenant tenant, long bytes, String why) {
    return CompletableFuture.failedFuture(
        new InferenceException(
            kind,
            "model ["
                + tenant.id()
                + "] needs ["
                + bytes
                + "] bytes, allowed are ["
                + budget
                + "] "
                + why));
  }
}
