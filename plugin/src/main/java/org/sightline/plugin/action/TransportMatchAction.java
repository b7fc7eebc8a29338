package org.sightline.plugin.action;

import java.util.List;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.sightline.inference.Deadline;
import org.sightline.inference.InferenceException;
import org.sightline.inference.InferenceInput;
import org.sightline.inference.MatchRequest;
import org.sightline.inference.MatchResponse;
import org.sightline.inference.Outcome;
import org.sightline.inference.Purpose;
import org.sightline.plugin.node.NodeServices;
import org.sightline.query.InferenceCalls;
import org.sightline.query.InferenceErrors;

/** Decodes query and inputs and asks the cluster's inference. */
public final class TransportMatchAction
    extends TransportAction<MatchAction.Request, MatchAction.Response> {
  private final NodeServices services;

  @Inject
  public TransportMatchAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ThreadPool threadPool,
      NodeServices services) {
    super(
        MatchAction.TYPE.name(),
        actionFilters,
        transportService.getTaskManager(),
        threadPool.generic());
    this.services = services;
  }

  @Override
  protected void doExecute(
      Task task, MatchAction.Request request, ActionListener<MatchAction.Response> listener) {
    InferenceInput query;
    try {
      query = ApiInputs.decode(request.query(), "query", services.maxImageBytes());
    } catch (InferenceException e) {
      listener.onFailure(InferenceErrors.toElasticsearch(e));
      return;
    }
    ApiInputs inputs = request.inputs();
    List<Outcome<InferenceInput>> decoded = inputs.decode(services.maxImageBytes());
    List<InferenceInput> usable = ApiInputs.usable(decoded);
    ActionListener<MatchResponse> merging =
        listener.delegateFailureAndWrap(
            (l, response) ->
                l.onResponse(
                    new MatchAction.Response(
                        new MatchResponse(
                            response.modelId(), inputs.merge(decoded, response.results())))));
    if (usable.isEmpty()) {
      merging.onResponse(new MatchResponse(request.modelId(), List.of()));
      return;
    }
    InferenceCalls.start(
        () ->
            services
                .inference()
                .match(
                    new MatchRequest(
                        request.modelId(),
                        query,
                        usable,
                        Purpose.RERANK,
                        Deadline.after(services.inferenceTimeout()))),
        merging);
  }
}
