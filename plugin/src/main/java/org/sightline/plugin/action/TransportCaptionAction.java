package org.sightline.plugin.action;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.NodeServices;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/** Captions images. */
public final class TransportCaptionAction
    extends TransportApiAction<CaptionAction.Request, List<Caption>, CaptionResponse> {

  @Inject
  public TransportCaptionAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ThreadPool threadPool,
      NodeServices services) {
    super(CaptionAction.TYPE, transportService, actionFilters, threadPool, services);
  }

  @Override
  CompletionStage<CaptionResponse> ask(CaptionAction.Request request, List<InferenceInput> usable) {
    String modelId = request.modelId();
    List<InferenceInput.Image> images = ImageInputs.of(usable);
    CompletionStage<List<Outcome<List<Caption>>>> captioned =
        images.isEmpty()
            ? CompletableFuture.completedFuture(List.of())
            : services
                .inference()
                .caption(
                    new CaptionRequest(
                        modelId, images, request.options(), Purpose.CAPTION, deadline()))
                .thenApply(CaptionResponse::results);
    return captioned.thenApply(
        results -> new CaptionResponse(modelId, ImageInputs.inPlace(usable, results)));
  }

  @Override
  List<Outcome<List<Caption>>> results(CaptionResponse answer) {
    return answer.results();
  }

  @Override
  ApiResponse<CaptionResponse> respond(
      CaptionResponse answer, List<Outcome<List<Caption>>> merged) {
    return CaptionAction.response(new CaptionResponse(answer.modelId(), merged));
  }
}
