package org.sightline.query;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.rest.RestStatus;
import org.sightline.runtime.inference.InferenceException;

/** What a failed inference becomes in an Elasticsearch response: one mapping for all callers. */
public final class InferenceErrors {
  private InferenceErrors() {}

  /** The HTTP status of a kind of failure. */
  public static RestStatus status(InferenceException.Kind kind) {
    return switch (kind) {
      case INVALID_INPUT, UNKNOWN_MODEL, UNSUPPORTED, CANCELLED -> RestStatus.BAD_REQUEST;
      case OVERLOADED -> RestStatus.TOO_MANY_REQUESTS;
      case MODEL_UNAVAILABLE -> RestStatus.SERVICE_UNAVAILABLE;
      case DEADLINE_EXCEEDED -> RestStatus.GATEWAY_TIMEOUT;
      case IMAGE_REQUIRED, INTERNAL, ERROR -> RestStatus.INTERNAL_SERVER_ERROR;
    };
  }

  /**
   * The exception to answer a listener with. An {@link InferenceException} keeps its message and
   * gets its status; it does not travel as a cause, because other nodes do not know the class and
   * would repeat the same message under another name. Whatever else failed is passed on as it is.
   *
   * @param failure as a stage delivered it, possibly wrapped by {@code CompletionException}
   */
  public static Exception toElasticsearch(Throwable failure) {
    Throwable reason = unwrap(failure);
    if (reason instanceof InferenceException inference) {
      if (inference.kind() == InferenceException.Kind.OVERLOADED) {
        return new EsRejectedExecutionException(inference.getMessage());
      }
      return new ElasticsearchStatusException(
          "{}", status(inference.kind()), inference.getCause(), inference.getMessage());
    }
    if (reason instanceof RejectedExecutionException
        && reason instanceof EsRejectedExecutionException == false) {
      return new EsRejectedExecutionException(reason.getMessage());
    }
    if (reason instanceof Exception exception) {
      return exception;
    }
    ExceptionsHelper.maybeDieOnAnotherThread(reason);
    return new ElasticsearchStatusException(
        "inference failed", RestStatus.INTERNAL_SERVER_ERROR, reason);
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable reason = failure;
    while ((reason instanceof CompletionException || reason instanceof ExecutionException)
        && reason.getCause() != null) {
      reason = reason.getCause();
    }
    return reason;
  }
}
