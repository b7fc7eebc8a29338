package org.sightline.plugin.action;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.NodeServices;
import org.sightline.plugin.transport.LocalRequest;
import org.sightline.query.InferenceCalls;
import org.sightline.query.InferenceErrors;
import org.sightline.query.input.InputSource;
import org.sightline.query.task.RunningSearch;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.zeroshot.ClassifyRequest;
import org.sightline.runtime.zeroshot.LabelProbability;
import org.sightline.runtime.zeroshot.LabelSet;

/**
 * Runs a model on the inputs of a call: decodes the inputs, asks the cluster's inference for those
 * that could be decoded, and puts the results into the places of all inputs. Injection needs a
 * class for each action; the nested ones are those.
 *
 * @param <O> options of the call
 * @param <T> the result of one input
 */
public abstract class InferenceAction<O, T>
    extends TransportAction<LocalRequest<ApiCall<O>>, ApiResponse<T>> {
  /** Embeds texts and images. */
  public static final ActionType<ApiResponse<Embedding>> EMBED = type("embed");

  /** Matches a text against images, or an image against texts. */
  public static final ActionType<ApiResponse<MatchScore>> MATCH = type("match");

  /** Says what images show. */
  public static final ActionType<ApiResponse<List<Caption>>> CAPTION = type("caption");

  /** Classifies images by labels of the call. */
  public static final ActionType<ApiResponse<List<LabelProbability>>> CLASSIFY = type("classify");

  /** All of them. */
  public static final List<ActionType<?>> TYPES = List.of(EMBED, MATCH, CAPTION, CLASSIFY);

  final NodeServices services;
  private final ThreadContext threadContext;
  private final boolean imagesOnly;

  /**
   * @param imagesOnly whether texts are refused
   */
  private InferenceAction(
      ActionType<ApiResponse<T>> type,
      TransportService transportService,
      ActionFilters actionFilters,
      NodeServices services,
      boolean imagesOnly) {
    super(
        type.name(),
        actionFilters,
        transportService.getTaskManager(),
        transportService.getThreadPool().generic());
    this.services = services;
    this.threadContext = transportService.getThreadPool().getThreadContext();
    this.imagesOnly = imagesOnly;
  }

  private static <T> ActionType<ApiResponse<T>> type(String operation) {
    return new ActionType<>("cluster:admin/sightline/inference/" + operation);
  }

  /**
   * Asks inference.
   *
   * @param usable inputs that could be decoded, possibly none; the response has one result for each
   * @throws InferenceException if the options cannot be used
   */
  abstract CompletionStage<ApiResponse<T>> ask(ApiCall<O> call, List<InferenceInput> usable);

  /** Abandoned when the call is cancelled. */
  final Deadline deadline() {
    return RunningSearch.of(threadContext).deadline(services.inferenceTimeout());
  }

  /** The answer about the usable inputs; inference is not asked about none. */
  static <A> CompletionStage<A> unlessEmpty(
      List<InferenceInput> usable, A empty, Supplier<CompletionStage<A>> ask) {
    return usable.isEmpty() ? CompletableFuture.completedFuture(empty) : ask.get();
  }

  static List<Image> images(List<InferenceInput> inputs) {
    return inputs.stream().map(Image.class::cast).toList();
  }

  @Override
  protected final void doExecute(
      Task task, LocalRequest<ApiCall<O>> request, ActionListener<ApiResponse<T>> listener) {
    ApiCall<O> call = request.body();
    ApiInputs inputs = call.inputs();
    // the texts of the body; inference counts what is decoded of them
    long bytes = call.characters();
    try {
      services.heap().take(bytes);
    } catch (InferenceException e) {
      listener.onFailure(InferenceErrors.toElasticsearch(e));
      return;
    }
    ActionListener<ApiResponse<T>> answered =
        ActionListener.runBefore(listener, () -> services.heap().add(-bytes));
    List<Outcome<InferenceInput>> decoded = inputs.decode(services.maxImageBytes(), imagesOnly);
    InferenceCalls.start(
        () -> ModelInPath.answer(() -> ask(call, ApiInputs.usable(decoded))),
        answered.<ApiResponse<T>>delegateFailureAndWrap(
            (l, response) ->
                l.onResponse(response.with(inputs.merge(decoded, response.results())))));
  }

  /** Handles {@link #EMBED}. */
  public static final class Embed extends InferenceAction<Void, Embedding> {
    @Inject
    public Embed(TransportService transport, ActionFilters filters, NodeServices services) {
      super(EMBED, transport, filters, services, false);
    }

    @Override
    CompletionStage<ApiResponse<Embedding>> ask(ApiCall<Void> call, List<InferenceInput> usable) {
      String modelId = call.modelId();
      if (usable.isEmpty()) {
        int dimensions = services.models().find(modelId).map(ModelInfo::dimensions).orElse(0);
        return CompletableFuture.completedFuture(
            ApiResponse.embeddings(modelId, dimensions, List.of()));
      }
      return services
          .inference()
          .embed(new EmbedRequest(modelId, usable, Purpose.SEARCH, deadline()))
          .thenApply(
              answer ->
                  ApiResponse.embeddings(answer.modelId(), answer.dimensions(), answer.results()));
    }
  }

  /** Handles {@link #MATCH}; the option is the one input that the others are matched with. */
  public static final class Match extends InferenceAction<InputSource, MatchScore> {
    @Inject
    public Match(TransportService transport, ActionFilters filters, NodeServices services) {
      super(MATCH, transport, filters, services, false);
    }

    @Override
    CompletionStage<ApiResponse<MatchScore>> ask(
        ApiCall<InputSource> call, List<InferenceInput> usable) {
      InferenceInput query = ApiInputs.decode(call.options(), "query", services.maxImageBytes());
      String modelId = call.modelId();
      return unlessEmpty(
              usable,
              new MatchResponse(modelId, List.of()),
              () ->
                  services
                      .inference()
                      .match(new MatchRequest(modelId, query, usable, Purpose.RERANK, deadline())))
          .thenApply(answer -> ApiResponse.scores(modelId, answer.results()));
    }
  }

  /** Handles {@link #CAPTION}. */
  public static final class Captioning extends InferenceAction<CaptionOptions, List<Caption>> {
    @Inject
    public Captioning(TransportService transport, ActionFilters filters, NodeServices services) {
      super(CAPTION, transport, filters, services, true);
    }

    @Override
    CompletionStage<ApiResponse<List<Caption>>> ask(
        ApiCall<CaptionOptions> call, List<InferenceInput> usable) {
      String modelId = call.modelId();
      return unlessEmpty(
              usable,
              new CaptionResponse(modelId, List.of()),
              () ->
                  services
                      .inference()
                      .caption(
                          new CaptionRequest(
                              modelId,
                              images(usable),
                              call.options(),
                              Purpose.CAPTION,
                              deadline())))
          .thenApply(answer -> ApiResponse.captions(modelId, answer.results()));
    }
  }

  /**
   * Options of a classification.
   *
   * @param labels what an image may show
   * @param numTopClasses number of labels in the answer for an image, at least 1
   */
  public record ClassifyOptions(LabelSet labels, int numTopClasses) {
    public ClassifyOptions {
      Objects.requireNonNull(labels, "labels");
    }
  }

  /** Handles {@link #CLASSIFY}. */
  public static final class Classify
      extends InferenceAction<ClassifyOptions, List<LabelProbability>> {
    @Inject
    public Classify(TransportService transport, ActionFilters filters, NodeServices services) {
      super(CLASSIFY, transport, filters, services, true);
    }

    @Override
    CompletionStage<ApiResponse<List<LabelProbability>>> ask(
        ApiCall<ClassifyOptions> call, List<InferenceInput> usable) {
      ClassifyOptions options = call.options();
      return unlessEmpty(
              usable,
              List.<Outcome<List<LabelProbability>>>of(),
              () ->
                  services
                      .classifier()
                      .classify(
                          new ClassifyRequest(
                              call.modelId(),
                              images(usable),
                              options.labels(),
                              Purpose.SEARCH,
                              deadline())))
          .thenApply(
              results ->
                  ApiResponse.classifications(
                      call.modelId(),
                      results.stream()
                          .map(outcome -> top(outcome, options.numTopClasses()))
                          .toList()));
    }

    private static Outcome<List<LabelProbability>> top(
        Outcome<List<LabelProbability>> outcome, int count) {
      return outcome instanceof Outcome.Success<List<LabelProbability>> success
          ? Outcome.success(success.value().stream().limit(count).toList())
          : outcome;
    }
  }
}
