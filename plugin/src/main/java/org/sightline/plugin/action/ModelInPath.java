package org.sightline.plugin.action;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.elasticsearch.ResourceNotFoundException;
import org.sightline.query.InferenceErrors;
import org.sightline.runtime.inference.InferenceException;

/**
 * Failures of a call whose path names the model: one that does not exist is 404 there. In a body,
 * as an option of a search or of a pipeline, it is a bad request.
 */
final class ModelInPath {
  private ModelInPath() {}

  /** The exception to answer with. */
  static Exception failure(InferenceException failure) {
    return failure.kind() == InferenceException.Kind.UNKNOWN_MODEL
        ? new ResourceNotFoundException("{}", failure.getMessage())
        : InferenceErrors.toElasticsearch(failure);
  }

  /** The answer of a call that may throw, with the right failure. */
  static <T> CompletionStage<T> answer(Supplier<CompletionStage<T>> call) {
    return CompletableFuture.completedFuture(null)
        .thenCompose(nothing -> call.get())
        .exceptionallyCompose(ModelInPath::failed);
  }

  private static <T> CompletionStage<T> failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return CompletableFuture.failedFuture(
        cause instanceof InferenceException inference ? failure(inference) : cause);
  }
}
