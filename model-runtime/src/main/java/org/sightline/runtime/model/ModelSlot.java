package org.sightline.runtime.model;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.model.ModelStatus.State;
import org.sightline.runtime.onnx.Runs;

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

  /** Those of the model that was loaded last. */
  private Runs runs = new Runs();

  /** When the load that is under way was begun. */
  private long beganNanos;

  /** Whether a load was given up and has not ended yet: it has its thread and its memory. */
  private boolean stuck;

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

  /** No timer runs: what takes too long is given up by whoever asks for the status. */
  public ModelStatus status() {
    giveUpWhatIsOverdue();
    synchronized (this) {
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
   * nothing could be tried, and with {@code DEADLINE_EXCEEDED} when loading does not end.
   */
  public CompletableFuture<ModelStatus> load() {
    return loaded(true)
        .handle(
            (model, error) -> {
              InferenceException failure = error == null ? null : InferenceException.of(error);
              boolean late = failure != null && failure.kind() == Kind.DEADLINE_EXCEEDED;
              if (failure != null && (late || status().state() != State.FAILED)) {
                throw failure;
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
        status().state() == State.AVAILABLE
            && context.memory().fits(bundle.manifest().loadedBytes());
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
    giveUpWhatIsOverdue(); // no run may keep the memory
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
    giveUpWhatIsOverdue();
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(unavailable("the runtime is closed"));
      }
      if (stuck) {
        return CompletableFuture.failedFuture(unavailable(reason));
      }
      if (current != null) {
        return current;
      }
      if (state == State.FAILED && !explicit) {
        return CompletableFuture.failedFuture(unavailable(reason));
      }
      state = State.LOADING;
      reason = null;
      beganNanos = System.nanoTime();
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
    ends(next, passing ? State.AVAILABLE : State.FAILED, passing ? null : why.getMessage());
    next.completeExceptionally(why);
  }

  private void submit(CompletableFuture<LoadedModel> next, boolean warm) {
    try {
      Runs itsRuns = new Runs();
      synchronized (this) {
        beganNanos = System.nanoTime();
        runs = itsRuns;
      }
      context.loading().threads().execute(() -> load(next, warm, itsRuns));
    } catch (RejectedExecutionException e) {
      context.memory().giveBack(this);
      ends(next, State.AVAILABLE, null);
      next.completeExceptionally(
          new InferenceException(
              Kind.OVERLOADED, "the pool for loading models is full, model [" + id() + "]", e));
    }
  }

  private void load(CompletableFuture<LoadedModel> next, boolean warm, Runs itsRuns) {
    try {
      LoadedModel model = LoadedModel.load(bundle, context, warm, itsRuns);
      if (ends(next, State.LOADED, null)) {
        next.complete(model);
      } else {
        model.decRef();
        context.memory().giveBack(this);
      }
    } catch (OutOfMemoryError e) {
      context.memory().giveBack(this);
      ends(next, State.FAILED, e.toString());
      throw e; // ends the process where its owner wants that
    } catch (RuntimeException | Error e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      context.memory().giveBack(this);
      ends(next, State.FAILED, message);
      next.completeExceptionally(
          new InferenceException(
              Kind.MODEL_UNAVAILABLE, "model [" + id() + "] cannot be used: " + message, e));
    }
  }

  /** Notes how a load ended; false where it was given up before. */
  private synchronized boolean ends(CompletableFuture<LoadedModel> load, State end, String why) {
    if (current != load) {
      stuck = false;
      return false;
    }
    state = end;
    reason = why;
    current = end == State.LOADED ? load : null;
    return true;
  }

  /** A load that takes too long, and runs that do. */
  private void giveUpWhatIsOverdue() {
    CompletableFuture<LoadedModel> overdue;
    InferenceException failure;
    Duration timeout = context.loading().timeout();
    synchronized (this) {
      if (state != State.LOADING || System.nanoTime() - beganNanos < timeout.toNanos()) {
        runs.endLongerThan(timeout);
        return;
      }
      overdue = current;
      current = null;
      state = State.FAILED;
      stuck = true;
      reason =
          "loading it did not end within ["
              + timeout.toMillis() / 1000.0
              + "] s and is not tried again; runs of its graphs are ended, anything else keeps a"
              + " thread, and its memory, until it ends or the node restarts";
      failure =
          new InferenceException(
              Kind.DEADLINE_EXCEEDED, "model [" + id() + "] cannot be used: " + reason);
      runs.endAll();
    }
    overdue.completeExceptionally(failure);
  }

  private InferenceException unavailable(String why) {
    return new InferenceException(
        Kind.MODEL_UNAVAILABLE, "model [" + id() + "] cannot be used: " + why);
  }
}
