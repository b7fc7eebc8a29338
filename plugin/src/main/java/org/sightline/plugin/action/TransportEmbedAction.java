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
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.InferenceInput;
import org.sightline.inference.Outcome;
import org.sightline.inference.Purpose;
import org.sightline.plugin.node.NodeServices;
import org.sightline.query.InferenceCalls;

/** Decodes the inputs and asks the cluster's inference. */
public final class TransportEmbedAction
    extends TransportAction<EmbedAction.Request, EmbedAction.Response> {
  private final NodeServices services;

  @Inject
  public TransportEmbedAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ThreadPool threadPool,
      NodeServices services) {
    super(
        EmbedAction.TYPE.name(),
        actionFilters,
        transportService.getTaskManager(),
        threadPool.generic());
    this.services = services;
  }

  @Override
  protected void doExecute(
      Task task, EmbedAction.Request request, ActionListener<EmbedAction.Response> listener) {
    ApiInputs inputs = request.inputs();
    List<Outcome<InferenceInput>> decoded = inputs.decode(services.maxImageBytes());
    List<InferenceInput> usable = ApiInputs.usable(decoded);
    ActionListener<EmbedResponse> merging =
        listener.delegateFailureAndWrap(
            (l, response) ->
                l.onResponse(
                    new EmbedAction.Response(
                        new EmbedResponse(
                            response.modelId(),
                            response.dimensions(),
                            inputs.merge(decoded, response.results())))));
    if (usable.isEmpty()) {
      ActionListener.completeWith(merging, () -> nothing(request.modelId()));
      return;
    }
    InferenceCalls.start(
        () ->
            services
                .inference()
                .embed(
                    new EmbedRequest(
                        request.modelId(),
                        usable,
                        Purpose.SEARCH,
                        Deadline.after(services.inferenceTimeout()))),
        merging);
  }

  private EmbedResponse nothing(String modelId) {
    int dimensions = services.models().find(modelId).map(model -> model.dimensions()).orElse(0);
    return new EmbedResponse(modelId, dimensions, List.of());
  }
}
