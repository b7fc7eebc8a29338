package org.sightline.query;

import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;

/** Carries the result of a stage to a listener of Elasticsearch. */
public final class InferenceCalls {
  private InferenceCalls() {}

  /**
   * Starts a call and answers the listener exactly once, also when starting it fails.
   *
   * @param call starts the inference; may throw
   * @param listener gets the value, or the failure as {@link InferenceErrors} maps it; it must
   *     handle what its own response handling throws, as {@code delegateFailureAndWrap} does
   */
  public static <T> void start(Supplier<CompletionStage<T>> call, ActionListener<T> listener) {
    CompletionStage<T> stage;
    try {
      stage = call.get();
    } catch (RuntimeException e) {
      listener.onFailure(InferenceErrors.toElasticsearch(e));
      return;
    }
    stage.whenComplete(
        (value, failure) -> {
          if (failure != null) {
            listener.onFailure(InferenceErrors.toElasticsearch(failure));
          } else {
            listener.onResponse(value);
          }
        });
  }
}
