package org.sightline.plugin.action;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.NodeServices;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/** Embeds texts and images. */
public final class TransportEmbedAction
    extends TransportApiAction<ApiRequest, Embedding, EmbedResponse> {

  @Inject
  public TransportEmbedAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ThreadPool threadPool,
      NodeServices services) {
    super(EmbedAction.TYPE, transportService, actionFilters, threadPool, services);
  }

  @Override
  CompletionStage<EmbedResponse> ask(ApiRequest request, List<InferenceInput> usable) {
    String modelId = request.modelId();
    if (usable.isEmpty()) {
      int dimensions = services.models().find(modelId).map(ModelInfo::dimensions).orElse(0);
      return CompletableFuture.completedFuture(new EmbedResponse(modelId, dimensions, List.of()));
    }
    return services
        .inference()
        .embed(new EmbedRequest(modelId, usable, Purpose.SEARCH, deadline()));
  }

  @Override
  List<Outcome<Embedding>> results(EmbedResponse answer) {
    return answer.results();
  }

  @Override
  ApiResponse<EmbedResponse> respond(EmbedResponse answer, List<Outcome<Embedding>> merged) {
    return EmbedAction.response(new EmbedResponse(answer.modelId(), answer.dimensions(), merged));
  }
}
