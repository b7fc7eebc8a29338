package org.sightline.plugin.transport;

import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.common.io.stream.Writeable;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.Inference;

/**
 * One kind of inference that a node asks of another. Nobody but the system may call its action.
 *
 * @param action named {@code internal:}, which no role grants
 * @param request how a request is written and read
 * @param deadline that of a request
 * @param answer how an answer is written and read
 * @param serve what the node does that receives it
 */
public record NodeCall<Q, A>(
    ActionType<NodeAnswer<A>> action,
    Wire<Q> request,
    Function<Q, Deadline> deadline,
    Wire<A> answer,
    BiFunction<Inference, Q, CompletionStage<A>> serve) {

  /** Writes a type that knows nothing of streams, and reads it again. */
  public record Wire<T>(Writeable.Writer<T> writer, Writeable.Reader<T> reader) {}

  static <Q, A> NodeCall<Q, A> of(
      String name,
      Wire<Q> request,
      Function<Q, Deadline> deadline,
      Wire<A> answer,
      BiFunction<Inference, Q, CompletionStage<A>> serve) {
    return new NodeCall<>(
        new ActionType<>("internal:sightline/inference/" + name), request, deadline, answer, serve);
  }
}
