package org.sightline.plugin.action;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.node.NodeServices;
import org.sightline.query.InferenceCalls;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/**
 * Decodes the inputs of a call, asks the cluster's inference for those that could be decoded, and
 * puts the results into the places of all.
 *
 * @param <R> the request
 * @param <T> the result of one input
 * @param <A> the answer to all inputs
 */
abstract class TransportApiAction<R extends ApiRequest, T, A>
    extends TransportAction<R, ApiResponse<A>> {
  final NodeServices services;

  TransportApiAction(
      ActionType<ApiResponse<A>> type,
      TransportService transportService,
      ActionFilters actionFilters,
      ThreadPool threadPool,
      NodeServices services) {
    super(type.name(), actionFilters, transportService.getTaskManager(), threadPool.generic());
    this.services = services;
  }

  /**
   * Asks inference.
   *
   * @param usable may be empty; the answer has one result for each
   * @throws org.sightline.runtime.inference.InferenceException for what else the request holds
   */
  abstract CompletionStage<A> ask(R request, List<InferenceInput> usable);

  abstract List<Outcome<T>> results(A answer);

  /**
   * @param merged a result for each input of the request
   */
  abstract ApiResponse<A> respond(A answer, List<Outcome<T>> merged);

  final Deadline deadline() {
    return Deadline.after(services.inferenceTimeout());
  }

  @Override
  protected final void doExecute(Task task, R request, ActionListener<ApiResponse<A>> listener) {
    ApiInputs inputs = request.inputs();
    List<Outcome<InferenceInput>> decoded = inputs.decode(services.maxImageBytes());
    InferenceCalls.start(
        () -> ask(request, ApiInputs.usable(decoded)),
        listener.<A>delegateFailureAndWrap(
            (l, answer) -> l.onResponse(respond(answer, inputs.merge(decoded, results(answer))))));
  }
}
