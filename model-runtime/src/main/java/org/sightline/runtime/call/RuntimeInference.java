package org.sightline.runtime.call;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.model.Models;
import org.sightline.runtime.model.RuntimeContext;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/**
 * Answers requests with the models of this process. Stages complete on the threads of the two
 * pools; whoever needs another thread moves there.
 */
public final class RuntimeInference implements Inference {
  private final Models models;
  private final RuntimeContext context;
  private final AtomicInteger leases = new AtomicInteger();

  public RuntimeInference(Models models, RuntimeContext context) {
    this.models = models;
    this.context = context;
  }

  /** Requests that hold a model at this moment. */
  public int leases() {
    return leases.get();
  }

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    int size = request.inputs().size();
    return count(
        size,
        () -> {
          ModelInfo info = check(request.modelId(), size);
          for (InferenceInput input : request.inputs()) {
            require(info, input instanceof Image ? Role.IMAGE_EMBEDDING : Role.TEXT_EMBEDDING);
          }
          return this.<Embedding>serve(
                  info.id(),
                  size,
                  model -> model.heapBytes(request.inputs(), false),
                  request.purpose(),
                  request.deadline(),
                  (model, outcomes) -> EmbedCall.start(request, model, context.caches(), outcomes))
              .thenApply(results -> new EmbedResponse(info.id(), info.dimensions(), results));
        },
        EmbedResponse::results);
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    int size = request.inputs().size();
    return count(
        size,
        () -> {
          ModelInfo info = check(request.modelId(), size);
          require(info, Role.MATCHING);
          MatchTrace trace = new MatchTrace();
          List<InferenceInput> all = new ArrayList<>(request.inputs());
          all.add(request.query());
          return this.<MatchScore>serve(
                  info.id(),
                  size,
                  model -> model.heapBytes(all, true),
                  request.purpose(),
                  request.deadline(),
                  (model, outcomes) ->
                      new MatchCall(request, model, context.caches(), outcomes, trace).start())
              .thenApply(results -> new MatchResponse(info.id(), results, trace.stats()));
        },
        MatchResponse::results);
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    int size = request.images().size();
    return count(
        size,
        () -> {
          ModelInfo info = check(request.modelId(), size);
          require(info, Role.CAPTION_DECODER);
          return this.<List<Caption>>serve(
                  info.id(),
                  size,
                  model -> model.heapBytes(request.images(), true),
                  request.purpose(),
                  request.deadline(),
                  (model, outcomes) ->
                      new CaptionCall(request, model, context.caches(), outcomes).start())
              .thenApply(results -> new CaptionResponse(info.id(), results));
        },
        CaptionResponse::results);
  }

  private interface Work<T> {
    CompletableFuture<T> begin();
  }

  private interface Results<T, R> {
    List<Outcome<R>> of(T response);
  }

  /** The request for an image's bytes is part of an ordinary rerank: a cache miss, no failure. */
  private static boolean failed(Outcome<?> outcome) {
    return outcome instanceof Outcome.Failure<?> failure
        && failure.error().kind() != Kind.IMAGE_REQUIRED;
  }

  private <T, R> CompletionStage<T> count(int size, Work<T> work, Results<T, R> results) {
    context.metrics().request(size);
    CompletableFuture<T> answer;
    try {
      answer = work.begin();
    } catch (InferenceException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    CompletableFuture<T> counted = new CompletableFuture<>();
    answer.whenComplete(
        (value, error) -> {
          if (error == null) {
            long failed = results.of(value).stream().filter(RuntimeInference::failed).count();
            context.metrics().failed((int) failed);
            counted.complete(value);
            return;
          }
          InferenceException known = InferenceException.of(error);
          context.metrics().failed(size);
          if (known.kind() == Kind.OVERLOADED) {
            context.metrics().rejected();
          }
          counted.completeExceptionally(known);
        });
    return counted;
  }

  private ModelInfo check(String modelId, int size) {
    ModelInfo info = models.require(modelId);
    int max = context.limits().maxInputsPerRequest();
    if (size < 1 || size > max) {
      throw InferenceException.invalid(
          "[input] must have 1 to " + max + " inputs, got [" + size + "]");
    }
    return info;
  }

  private static void require(ModelInfo info, Role role) {
    if (!info.has(role)) {
      throw new InferenceException(
          Kind.UNSUPPORTED,
          "model ["
              + info.id()
              + "] has no role ["
              + role.id()
              + "], it has "
              + new TreeSet<>(info.roles().stream().map(Role::id).toList()));
    }
  }

  private <T> CompletableFuture<List<Outcome<T>>> serve(
      String id,
      int size,
      ToLongFunction<LoadedModel> heapBytes,
      Purpose purpose,
      Deadline deadline,
      BiConsumer<LoadedModel, Outcomes<T>> start) {
    return models
        .acquire(id)
        .thenCompose(
            model -> {
              leases.incrementAndGet();
              Admission admission = new Admission(purpose, context.heap(), () -> giveBack(model));
              Outcomes<T> outcomes = new Outcomes<>(size, admission, deadline);
              try {
                admission.takeHeap(heapBytes.applyAsLong(model));
                start.accept(model, outcomes);
              } catch (RuntimeException e) {
                outcomes.abort(InferenceException.of(e));
              }
              return outcomes.all();
            });
  }

  private void giveBack(LoadedModel model) {
    leases.decrementAndGet();
    model.decRef();
  }
}
