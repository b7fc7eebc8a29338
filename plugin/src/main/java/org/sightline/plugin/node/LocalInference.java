package org.sightline.plugin.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.common.component.AbstractLifecycleComponent;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.LoadBounds;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.model.ModelStatus;

/**
 * The models of this node. A node that does not run models still reads their manifests, because it
 * parses searches and stores pipelines. Owns the runtime and closes it when the node closes.
 */
public final class LocalInference extends AbstractLifecycleComponent implements Inference {
  private static final Logger logger = LogManager.getLogger(LocalInference.class);

  private final String nodeName;
  private final boolean enabled;
  private final LocalRuntime runtime;
  private final CallerThread callers;
  private final JpegDecoder jpeg;
  private final ServerPaths paths;
  private volatile Arrivals arrivals = Arrivals.NONE;

  /**
   * @param enabled whether this node runs models
   * @param folders each holds bundle folders; one that does not exist holds none
   * @param features where image features are kept, or null
   * @param heap asked before a request is served
   * @param prepare bounded, for decoding, preprocessing and tokenizing
   * @param infer bounded, for running sessions
   * @param background bounded, for writing image tokens to disk
   * @param loading where models are loaded
   * @param paths no reason that this class gives has one of them
   */
  public LocalInference(
      String nodeName,
      boolean enabled,
      List<Path> folders,
      RuntimeLimits limits,
      FeatureFiles features,
      HeapAccount heap,
      Executor prepare,
      Executor infer,
      Executor background,
      LoadBounds loading,
      CallerThread callers,
      ServerPaths paths) {
    this.nodeName = nodeName;
    this.enabled = enabled;
    this.callers = callers;
    this.paths = paths;
    this.runtime =
        LocalRuntime.open(folders, limits, features, heap, prepare, infer, background, loading);
    for (ModelStatus model : runtime.models()) {
      if (model.state() == ModelStatus.State.FAILED) {
        logger.warn("model [{}] cannot be used: {}", model.id(), model.reason());
      }
    }
    logger.info("models {}, inference {}", runtime.catalog().ids(), enabled ? "on" : "off");
    JpegDecoder found = enabled ? JpegDecoder.ofThisProcess() : null;
    if (enabled && found.reason() != null) {
      logger.warn("JPEG is decoded by the JDK, slowly where it is large: {}", found.reason());
    }
    this.jpeg = enabled ? new JpegDecoder(found.name(), paths.hide(found.reason())) : null;
  }

  public String nodeName() {
    return nodeName;
  }

  /** Whether this node runs models. */
  public boolean enabled() {
    return enabled;
  }

  /**
   * The models themselves, apart from those on their way. Requests go through this class instead,
   * which waits for models that are on their way.
   */
  public LocalRuntime runtime() {
    return runtime;
  }

  /**
   * All models of this node by id, those on their way included; one of which another version is on
   * its way stands there twice.
   */
  public List<ModelStatus> models() {
    List<ModelStatus> models = new ArrayList<>(runtime.models());
    Set<String> here =
        models.stream()
            .map(ModelStatus::version)
            .filter(Objects::nonNull)
            .collect(Collectors.toSet());
    arrivals.statuses().stream()
        .filter(status -> here.contains(status.version()) == false)
        .forEach(models::add);
    models.sort(Comparator.comparing(ModelStatus::id));
    models.replaceAll(paths::hide);
    return models;
  }

  /** From now on requests wait for models that are on their way. */
  public void expect(Arrivals models) {
    arrivals = models;
  }

  /** The same failure without paths of this node. */
  public InferenceException withoutPaths(InferenceException failure) {
    return paths.hide(failure);
  }

  /** What decodes JPEG on this node; null where it runs no models. */
  public JpegDecoder jpeg() {
    return jpeg;
  }

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    return serve(request.modelId(), () -> runtime.inference().embed(request));
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    return serve(request.modelId(), () -> runtime.inference().match(request));
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    return serve(request.modelId(), () -> runtime.inference().caption(request));
  }

  public CompletionStage<ModelStatus> load(String modelId) {
    CompletionStage<ModelStatus> loaded =
        serve(modelId, () -> runtime.load(modelId).thenApply(paths::hide));
    loaded.thenAccept(
        status -> {
          if (status.state() == ModelStatus.State.FAILED) {
            arrivals.unusable(modelId);
          }
        });
    return loaded;
  }

  public CompletionStage<ModelStatus> unload(String modelId) {
    return serve(modelId, () -> runtime.unload(modelId));
  }

  private <T> CompletionStage<T> serve(String modelId, Supplier<CompletionStage<T>> call) {
    if (enabled == false) {
      return CompletableFuture.failedFuture(
          new InferenceException(
              InferenceException.Kind.MODEL_UNAVAILABLE,
              "node ["
                  + nodeName
                  + "] does not run models: [sightline.inference.enabled] is [false]"));
    }
    CompletionStage<T> answer =
        runtime.catalog().find(modelId).isPresent()
            ? call.get()
            : arrivals.of(modelId).thenCompose(arrived -> call.get());
    answer.whenComplete((result, failure) -> report(modelId, failure));
    return callers.resume(answer.exceptionallyCompose(this::failed));
  }

  private <T> CompletionStage<T> failed(Throwable failure) {
    return CompletableFuture.failedFuture(paths.hide(InferenceFailures.of(failure, nodeName)));
  }

  private void report(String modelId, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof InferenceException e
        && e.kind() == InferenceException.Kind.MODEL_UNAVAILABLE) {
      arrivals.unusable(modelId);
    }
  }

  @Override
  protected void doStart() {}

  @Override
  protected void doStop() {}

  @Override
  protected void doClose() {
    runtime.close();
    int leases = runtime.openLeases();
    if (leases > 0) {
      logger.warn("[{}] native resources are in use while the node closes", leases);
    }
  }
}
