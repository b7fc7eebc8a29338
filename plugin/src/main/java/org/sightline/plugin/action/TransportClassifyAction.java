package org.sightline.plugin.action;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.NodeServices;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.zeroshot.ClassifyRequest;
import org.sightline.runtime.zeroshot.LabelProbability;

/** Classifies images by labels of the call. */
public final class TransportClassifyAction
    extends TransportApiAction<
        ClassifyAction.Request, List<LabelProbability>, ClassifyAction.Answer> {

  @Inject
  public TransportClassifyAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ThreadPool threadPool,
      NodeServices services) {
    super(ClassifyAction.TYPE, transportService, actionFilters, threadPool, services);
  }

  @Override
  CompletionStage<ClassifyAction.Answer> ask(
      ClassifyAction.Request request, List<InferenceInput> usable) {
    List<InferenceInput.Image> images = ImageInputs.of(usable);
    CompletionStage<List<Outcome<List<LabelProbability>>>> classified =
        images.isEmpty()
            ? CompletableFuture.completedFuture(List.of())
            : services
                .classifier()
                .classify(
                    new ClassifyRequest(
                        request.modelId(), images, request.labels(), Purpose.SEARCH, deadline()));
    return classified.thenApply(
        results ->
            new ClassifyAction.Answer(
                request.modelId(),
                ImageInputs.inPlace(
                    usable,
                    results.stream()
                        .map(outcome -> top(outcome, request.numTopClasses()))
                        .toList())));
  }

  private static Outcome<List<LabelProbability>> top(
      Outcome<List<LabelProbability>> outcome, int count) {
    return outcome instanceof Outcome.Success<List<LabelProbability>> success
        ? Outcome.success(success.value().subList(0, Math.min(count, success.value().size())))
        : outcome;
  }

  @Override
  List<Outcome<List<LabelProbability>>> results(ClassifyAction.Answer answer) {
    return answer.results();
  }

  @Override
  ApiResponse<ClassifyAction.Answer> respond(
      ClassifyAction.Answer answer, List<Outcome<List<LabelProbability>>> merged) {
    return ClassifyAction.response(new ClassifyAction.Answer(answer.modelId(), merged));
  }
}
