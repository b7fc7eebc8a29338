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
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/** Matches a text with images, or an image with texts. */
public final class TransportMatchAction
    extends TransportApiAction<MatchAction.Request, MatchScore, MatchResponse> {

  @Inject
  public TransportMatchAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ThreadPool threadPool,
      NodeServices services) {
    super(MatchAction.TYPE, transportService, actionFilters, threadPool, services);
  }

  @Override
  CompletionStage<MatchResponse> ask(MatchAction.Request request, List<InferenceInput> usable) {
    InferenceInput query = ApiInputs.decode(request.query(), "query", services.maxImageBytes());
    String modelId = request.modelId();
    if (usable.isEmpty()) {
      return CompletableFuture.completedFuture(new MatchResponse(modelId, List.of()));
    }
    return services
        .inference()
        .match(new MatchRequest(modelId, query, usable, Purpose.RERANK, deadline()));
  }

  @Override
  List<Outcome<MatchScore>> results(MatchResponse answer) {
    return answer.results();
  }

  @Override
  ApiResponse<MatchResponse> respond(MatchResponse answer, List<Outcome<MatchScore>> merged) {
    return MatchAction.response(new MatchResponse(answer.modelId(), merged));
  }
}
