package org.sightline.runtime.model;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.model.ModelStatus.State;

/**
 * The place of one valid bundle: loads it on demand, hands out references, unloads it. Thread-safe;
 * nothing slow runs under its lock or on the thread of a caller.
 */
public final class ModelSlot implements ModelMemory.Tenant {
  private final Bundle bundle;
  private final RuntimeContext context;
  private final ModelInfo info;

  private State state = State.AVAILABLE;
  private String reason;

  /** The current model or the one being loaded; null when available or failed. */
  private CompletableFuture<LoadedModel> current;

  /** Completes when the native memory of the model before has been freed. */
  private CompletableFuture<Void> freed = CompletableFuture.completedFuture(null);

  private boolean closed;

  public ModelSlot(Bundle bundle, RuntimeContext context) {
    this.bundle = bundle;
    this.context = context;
    this.info = bundle.manifest().info();
  }

  @Override
  public String id() {
    return bundle.manifest().id();
  }

  @Override
  public synchronized boolean loaded() {
    return state == State.LOADED;
  }

  @Override
  public CompletableFuture<?> evict() {
    return unload();
  }

  ModelInfo info() {
    return info;
  }

  public Bundle bundle() {
    return bundle;
  }

  public synchronized ModelStatus status() {
    LoadedModel model = peek();
    return new ModelStatus(
        id(),
        state,
        reason,
        info,
        info.version(),
        bundle.manifest().bytes(),
        model == null ? Map.of() : model.devices());
  }

  /** The model if it is loaded, without a reference: for statistics only; or null. */
  public synchronized LoadedModel peek() {
    return state == State.LOADED ? current.getNow(null) : null;
  }

  /**
   * The model with a reference that the receiver gives back by {@code decRef}. Loads it when
   * needed.
   */
  public CompletableFuture<LoadedModel> acquire() {
    CompletableFuture<LoadedModel> model = loaded(false);
    context.memory().use(this);
    return model.thenCompose(
        loaded ->
            loaded.tryIncRef()
                ? CompletableFuture.completedFuture(loaded)
                // unloaded between the two: load it again
                : acquire());
  }

  /**
   * Loads the model, also when an earlier try failed, and runs each of its graphs before requests
   * do. Completes with its status, which gives the reason when it cannot be loaded; fails when
   * nothing could be tried.
   */
  public CompletableFuture<ModelStatus> load() {
    return loaded(true)
        .handle(
            (model, error) -> {
              if (error != null && status().state() != State.FAILED) {
                throw InferenceException.of(error);
              }
              return status();
            });
  }

  /**
   * Loads the model before the first request does, unless it is being loaded, failed before, or
   * another one would be unloaded for it. Requests use it as soon as it is loaded and do not wait
   * for its warm-up. Completes with its status when all is done.
   */
  public CompletableFuture<ModelStatus> preload() {
    boolean wanted =
        status().state() == State.AVAILABLE && context.memory().fits(bundle.manifest().bytes());
    return wanted
        ? acquire().thenCompose(this::warmUpBeside)
        : CompletableFuture.completedFuture(status());
  }

  private CompletableFuture<ModelStatus> warmUpBeside(LoadedModel model) {
    return CompletableFuture.completedFuture(model)
        .thenAcceptAsync(LoadedModel::warmUpBeside, context.background())
        .handle(
            (nothing, error) -> { // a full pool, and what else: requests will tell
              model.decRef();
              return status();
            });
  }

  /** Takes the model out of service; completes when its native memory has been freed. */
  public CompletableFuture<ModelStatus> unload() {
    CompletableFuture<LoadedModel> model;
    synchronized (this) {
      model = current;
      if (model == null) {
        return freed.thenApply(nothing -> status());
      }
    }
    return model
        .handle((loaded, error) -> loaded == null ? freed() : retire(model, loaded))
        .thenCompose(done -> done)
        .thenApply(nothing -> status());
  }

  /** No further loads; unloads. Completes when native memory has been freed. */
  public CompletableFuture<ModelStatus> close() {
    synchronized (this) {
      closed = true;
    }
    return unload();
  }

  private synchronized CompletableFuture<Void> freed() {
    return freed;
  }

  private CompletableFuture<Void> retire(CompletableFuture<LoadedModel> model, LoadedModel loaded) {
    synchronized (this) {
      if (current != model) {
        return freed; // somebody else did
      }
      current = null;
      state = State.AVAILABLE;
      freed =
          loaded
              .closed()
              .whenComplete(
                  (nothing, error) -> {
                    context.memory().giveBack(this);
                    context.caches().forget(info.version()); // what requests kept that ended last
                  });
    }
    context.caches().forget(info.version());
    CompletableFuture<Void> done = freed();
    loaded.decRef();
    return done;
  }

  /**
   * @param explicit whether somebody asked for loading and not for an answer: that tries again what
   *     failed, and has time to warm up
   */
  private CompletableFuture<LoadedModel> loaded(boolean explicit) {
    CompletableFuture<LoadedModel> next;
    CompletableFuture<Void> before;
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(unavailable("the runtime is closed"));
      }
      if (current != null) {
        return current;
      }
      if (state == State.FAILED && !explicit) {
        return CompletableFuture.failedFuture(unavailable(reason));
      }
      state = State.LOADING;
      reason = null;
      next = new CompletableFuture<>();
      current = next;
      before = freed;
    }
    // the old model's memory first: a node has room for one of each
    before
        .handle((nothing, error) -> null)
        .thenCompose(nothing -> context.memory().take(this, bundle.manifest().loadedBytes()))
        .whenComplete(
            (nothing, refused) -> {
              if (refused == null) {
                submit(next, explicit);
              } else {
                refuse(next, InferenceException.of(refused));
              }
            });
    return next;
  }

  /** A model that is too large stays so; one that finds no room now may find it later. */
  private void refuse(CompletableFuture<LoadedModel> next, InferenceException why) {
    boolean passing = why.kind() == Kind.OVERLOADED;
    finish(passing ? State.AVAILABLE : State.FAILED, passing ? null : why.getMessage());
    next.completeExceptionally(why);
  }

  private void submit(CompletableFuture<LoadedModel> next, boolean warm) {
    try {
      context.background().execute(() -> load(next, warm));
    } catch (RejectedExecutionException e) {
      context.memory().giveBack(this);
      finish(State.AVAILABLE, null);
      next.completeExceptionally(
          new InferenceException(
              Kind.OVERLOADED, "the pool for loading models is full, model [" + id() + "]", e));
    }
  }

  private void load(CompletableFuture<LoadedModel> next, boolean warm) {
    try {
      LoadedModel model = LoadedModel.load(bundle, context, warm);
      synchronized (this) {
        state = State.LOADED;
        reason = null;
      }
      next.complete(model);
    } catch (OutOfMemoryError e) {
      context.memory().giveBack(this);
      finish(State.FAILED, e.toString());
      throw e; // ends the process where its owner wants that
    } catch (RuntimeException | Error e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      context.memory().giveBack(this);
      finish(State.FAILED, message);
      next.completeExceptionally(
          new InferenceException(
              Kind.MODEL_UNAVAILABLE, "model [" + id() + "] cannot be used: " + message, e));
    }
  }

  private synchronized void finish(State end, String why) {
    state = end;
    reason = why;
    current = null;
  }

  private InferenceException unavailable(String why) {
    return new InferenceException(
        Kind.MODEL_UNAVAILABLE, "model [" + id() + "] cannot be used: " + why);
  }
}
