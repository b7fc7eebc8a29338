package org.sightline.runtime;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleFolder;
import org.sightline.runtime.call.RuntimeInference;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.LoadBounds;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.model.ModelSlot;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.Models;
import org.sightline.runtime.model.RuntimeContext;
import org.sightline.runtime.stats.RuntimeMetrics.QueueDepth;
import org.sightline.runtime.stats.RuntimeStats;

/**
 * The models of this process. One per process is enough; thread-safe. Whoever opens it closes it.
 *
 * <p><b>Threads.</b> It starts none of its own; ONNX Runtime starts native ones for each session. A
 * pool has at most as many tasks as threads, so short pool queues do: each task does one job, the
 * most urgent one over all models. Stages complete on those threads. No timer runs: an expired
 * request is dropped at its next step.
 *
 * <p><b>Memory.</b> Waiting images cost their encoded bytes. Decoded images take at most a quarter
 * of the heap together, whatever their number. Prepared images ({@code 12 * width * height} bytes)
 * take at most 64 MiB a model, or two images where these are larger; the image tokens of a match
 * request at most 64 MiB, or those of one image; the caches what the limits say. Natively a batch
 * holds its inputs, kept for the next one, and what ONNX Runtime's arena needs.
 *
 * <p><b>Files.</b> The first load unpacks native libraries below {@code java.io.tmpdir}, which must
 * be writable and allow execution; bundles are only read. No network, no environment variables.
 */
public final class LocalRuntime implements AutoCloseable {
  private final Models models;
  private final RuntimeContext context;
  private final RuntimeInference inference;

  private LocalRuntime(Models models, RuntimeContext context) {
    this.models = models;
    this.context = context;
    this.inference = new RuntimeInference(models, context);
  }

  /**
   * Reads the manifests; runs no native code. A broken bundle never throws: it is listed as failed
   * with its reason.
   *
   * @param folders each holds bundle folders; one that does not exist is empty
   * @param prepare decodes, preprocesses, tokenizes and loads models; a task may take seconds. A
   *     {@link java.util.concurrent.RejectedExecutionException} becomes {@code OVERLOADED}
   * @param infer runs the sessions, one batch a task. A rejection becomes {@code OVERLOADED}
   */
  public static LocalRuntime open(
      List<Path> folders, RuntimeLimits limits, Executor prepare, Executor infer) {
    return open(folders, limits, null, HeapAccount.NONE, prepare, infer);
  }

  /** The same with image features on disk and a heap account; {@code prepare} does the rest. */
  public static LocalRuntime open(
      List<Path> folders,
      RuntimeLimits limits,
      FeatureFiles files,
      HeapAccount heap,
      Executor prepare,
      Executor infer) {
    LoadBounds loading = new LoadBounds(prepare, LoadBounds.DEFAULT_TIMEOUT);
    return open(folders, limits, files, heap, prepare, infer, prepare, loading);
  }

  /**
   * The same with pools of their own for work that is no job.
   *
   * @param files null for none; not closed, because nothing is open
   * @param heap asked before a request is served
   * @param background writes image features; rejected ones are not written
   * @param loading loads models; a rejection becomes {@code OVERLOADED}
   */
  public static LocalRuntime open(
      List<Path> folders,
      RuntimeLimits limits,
      FeatureFiles files,
      HeapAccount heap,
      Executor prepare,
      Executor infer,
      Executor background,
      LoadBounds loading) {
    RuntimeContext context =
        RuntimeContext.of(limits, files, heap, prepare, infer, background, loading);
    return new LocalRuntime(new Models(BundleFolder.scan(folders), context), context);
  }

  /** Answers with these models, loading them on demand. */
  public Inference inference() {
    return inference;
  }

  /** Decodes images within this runtime's bounds. */
  public ImageDecoder decoder() {
    return context.decoder();
  }

  /** The models whose manifest is valid. */
  public ModelCatalog catalog() {
    return models;
  }

  /** All models by id, broken ones included. */
  public List<ModelStatus> models() {
    return models.statuses();
  }

  /**
   * Loads a model, also when an earlier try failed; one that is loaded stays as it is. Completes
   * with its status, which gives the reason when it cannot be loaded; fails when there is no such
   * model or the pool is full.
   */
  public CompletionStage<ModelStatus> load(String id) {
    return withSlot(id, ModelSlot::load);
  }

  /**
   * Loads a model before the first request does, unless another one would be unloaded for it or an
   * earlier try failed. Completes with its status; fails when it could not be loaded.
   */
  public CompletionStage<ModelStatus> preload(String id) {
    return withSlot(id, ModelSlot::preload);
  }

  /**
   * Takes a model out of service. Requests that use it end first; the stage completes when its
   * native memory has been freed. The next request loads it again.
   */
  public CompletionStage<ModelStatus> unload(String id) {
    return withSlot(id, ModelSlot::unload);
  }

  /**
   * Adds a bundle while the runtime works, or exchanges one: a model of that id which is loaded
   * serves on until the new one is loaded and warm, where memory allows both; then requests that
   * use it end with it. A new one that cannot be loaded leaves the old one in service.
   *
   * @param load whether to load it where memory has room for it, though none of that id was loaded
   * @return where the new one stands
   */
  public CompletionStage<ModelStatus> put(Bundle bundle, boolean load) {
    return models.put(bundle, load);
  }

  /** The bundle of a model, or empty where there is none or its manifest is broken. */
  public Optional<Bundle> bundle(String id) {
    return Optional.ofNullable(models.slot(id)).map(ModelSlot::bundle);
  }

  /** Takes a bundle out for good; completes when its native memory has been freed. */
  public CompletionStage<Void> remove(String id) {
    return models.remove(id);
  }

  /** Counters since the runtime was opened. */
  public RuntimeStats stats() {
    Map<Role, QueueDepth> depths = new EnumMap<>(Role.class);
    for (ModelSlot slot : models.all()) {
      LoadedModel model = slot.peek();
      if (model != null) {
        model.depths().forEach((role, depth) -> depths.merge(role, depth, QueueDepth::plus));
      }
    }
    return context
        .metrics()
        .snapshot(
            context.caches().featureStats(),
            context.caches().textStats(),
            context.caches().disk().stats(),
            depths);
  }

  /** Requests that hold a model at this moment: 0 when nothing is under way. */
  public int openLeases() {
    return inference.leases();
  }

  /**
   * What is held at one moment; {@link #IDLE} when nothing is under way.
   *
   * @param leases requests that hold a model
   * @param waiting inputs that hold a queue slot
   * @param jobs jobs that have a thread
   * @param decodeBytes heap of images that are being decoded
   * @param writeBytes heap of image features that wait to be written
   */
  public record Held(int leases, long waiting, int jobs, long decodeBytes, long writeBytes) {
    public static final Held IDLE = new Held(0, 0, 0, 0, 0);
  }

  /** What requests, queues, the decode budget and the queue of writes hold at this moment. */
  public Held held() {
    long waiting =
        stats().roles().values().stream().mapToLong(RuntimeStats.RoleStats::queueDepth).sum();
    return new Held(
        openLeases(),
        waiting,
        context.scheduler().active(),
        context.decoding().heldBytes(),
        context.caches().disk().waitingBytes());
  }

  /**
   * Takes all models out of service and does not wait: native memory is freed as the requests end
   * that use it. Later requests fail with {@code MODEL_UNAVAILABLE}.
   */
  @Override
  public void close() {
    models.close();
  }

  private interface Use {
    CompletableFuture<ModelStatus> of(ModelSlot slot);
  }

  private CompletionStage<ModelStatus> withSlot(String id, Use use) {
    ModelSlot slot = models.slot(id);
    if (slot != null) {
      return use.of(slot);
    }
    ModelStatus failed = models.broken(id);
    return failed != null
        ? CompletableFuture.completedFuture(failed)
        : CompletableFuture.failedFuture(models.unknown(id));
  }
}
