package org.sightline.runtime.call;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;
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

  /**
   * A request as far as all kinds are alike.
   *
   * @param size number of outcomes
   * @param inputs all inputs, the query included
   * @param roles roles that the model must have
   * @param tokens whether image tokens are needed
   */
  private record Asked(
      Request request,
      int size,
      List<? extends InferenceInput> inputs,
      Set<Role> roles,
      boolean tokens) {}

  /** Plans and queues the inputs of a request, all of them or none. */
  private interface Start<R> {
    void start(LoadedModel model, Inputs inputs, Outcomes<R> outcomes);
  }

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    List<InferenceInput> inputs = request.inputs();
    Set<Role> roles = new LinkedHashSet<>();
    for (InferenceInput input : inputs) {
      roles.add(input instanceof Image ? Role.IMAGE_EMBEDDING : Role.TEXT_EMBEDDING);
    }
    return this.<Embedding, EmbedResponse>serve(
        new Asked(request, inputs.size(), inputs, roles, false),
        new MatchTrace(),
        (model, made, outcomes) -> embed(inputs, made, outcomes),
        (info, results) -> new EmbedResponse(info.id(), info.dimensions(), results));
  }

  private static void embed(List<InferenceInput> all, Inputs inputs, Outcomes<Embedding> outcomes) {
    List<Supplier<CompletableFuture<Embedding>>> planned = new ArrayList<>();
    for (InferenceInput input : all) {
      planned.add(
          switch (input) {
            case Image image -> inputs.embedding(image);
            case Text text -> inputs.embedding(text);
          });
    }
    outcomes.admission().admit();
    outcomes.fill(planned, planned.size());
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    MatchTrace trace = new MatchTrace();
    List<InferenceInput> all = new ArrayList<>(request.inputs());
    all.add(request.query());
    return this.<MatchScore, MatchResponse>serve(
        new Asked(request, request.inputs().size(), all, Set.of(Role.MATCHING), true),
        trace,
        (model, inputs, outcomes) -> new MatchCall(request, model, inputs, outcomes, trace).start(),
        (info, results) -> new MatchResponse(info.id(), results, trace.stats()));
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    return this.<List<Caption>, CaptionResponse>serve(
        new Asked(
            request, request.images().size(), request.images(), Set.of(Role.CAPTION_DECODER), true),
        new MatchTrace(),
        (model, inputs, outcomes) -> CaptionCall.start(request, model, inputs, outcomes),
        (info, results) -> new CaptionResponse(info.id(), results));
  }

  private <R, T> CompletionStage<T> serve(
      Asked asked,
      MatchTrace trace,
      Start<R> start,
      BiFunction<ModelInfo, List<Outcome<R>>, T> response) {
    context.metrics().request(asked.size());
    CompletableFuture<T> answer = new CompletableFuture<>();
    CompletableFuture.completedFuture(asked)
        .thenApply(this::check)
        .thenCompose(
            info ->
                models
                    .acquire(info.id())
                    .thenCompose(model -> begin(asked, model, trace, start).all())
                    .thenApply(results -> response.apply(info, counted(results))))
        .whenComplete(
            (value, error) -> {
              if (error == null) {
                answer.complete(value);
                return;
              }
              InferenceException known = InferenceException.of(error);
              context.metrics().failed(asked.size());
              if (known.kind() == Kind.OVERLOADED) {
                context.metrics().rejected();
              }
              answer.completeExceptionally(known);
            });
    return answer;
  }

  /** The request for an image's bytes is part of an ordinary rerank: a cache miss, no failure. */
  private <R> List<Outcome<R>> counted(List<Outcome<R>> results) {
    for (Outcome<R> result : results) {
      if (result instanceof Outcome.Failure<?> failure
          && failure.error().kind() != Kind.IMAGE_REQUIRED) {
        context.metrics().failed(1);
      }
    }
    return results;
  }

  private ModelInfo check(Asked asked) {
    ModelInfo info = models.require(asked.request().modelId());
    int max = context.limits().maxInputsPerRequest();
    if (asked.size() < 1 || asked.size() > max) {
      throw InferenceException.invalid(
          "[input] must have 1 to " + max + " inputs, got [" + asked.size() + "]");
    }
    for (Role role : asked.roles()) {
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
    return info;
  }

  private <R> Outcomes<R> begin(Asked asked, LoadedModel model, MatchTrace trace, Start<R> start) {
    leases.incrementAndGet();
    Admission admission =
        new Admission(asked.request().purpose(), context.heap(), () -> giveBack(model));
    Outcomes<R> outcomes = new Outcomes<>(asked.size(), admission, asked.request().deadline());
    try {
      admission.takeHeap(model.heapBytes(asked.inputs(), asked.tokens()));
      start.start(model, new Inputs(model, context.caches(), outcomes, trace), outcomes);
    } catch (RuntimeException e) {
      outcomes.abort(InferenceException.of(e));
    }
    return outcomes;
  }

  private void giveBack(LoadedModel model) {
    leases.decrementAndGet();
    model.decRef();
  }
}
