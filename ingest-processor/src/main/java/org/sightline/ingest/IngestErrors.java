package org.sightline.ingest;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.rest.RestStatus;
import org.sightline.runtime.inference.InferenceException;

/**
 * Turns failures of inference into exceptions that Elasticsearch gives the right HTTP status.
 * Causes are left out: they cannot be sent between nodes.
 */
final class IngestErrors {
  private IngestErrors() {}

  /** The exception for a failure of the document as a whole. */
  static Exception of(Throwable failure) {
    return switch (unwrap(failure)) {
      case InferenceException inference -> convert(inference.kind(), inference.getMessage());
      case Exception exception -> exception;
      case Throwable error -> new ElasticsearchException(error.toString());
    };
  }

  /** The exception for what is wrong with one field. */
  static Exception ofField(String field, InferenceException failure) {
    return convert(failure.kind(), "[" + field + "] " + failure.getMessage());
  }

  private static Exception convert(InferenceException.Kind kind, String message) {
    return switch (kind) {
      case INVALID_INPUT, UNKNOWN_MODEL, UNSUPPORTED -> new IllegalArgumentException(message);
      case OVERLOADED -> new EsRejectedExecutionException(message, false);
      case MODEL_UNAVAILABLE ->
          new ElasticsearchStatusException(message, RestStatus.SERVICE_UNAVAILABLE);
      case DEADLINE_EXCEEDED ->
          new ElasticsearchStatusException(message, RestStatus.GATEWAY_TIMEOUT);
      case CANCELLED -> new ElasticsearchStatusException(message, RestStatus.BAD_REQUEST);
      case IMAGE_REQUIRED, INTERNAL, ERROR -> new ElasticsearchException(message);
    };
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable inner = failure;
    while ((inner instanceof CompletionException || inner instanceof ExecutionException)
        && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }
}
