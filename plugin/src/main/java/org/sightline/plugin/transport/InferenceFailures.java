package org.sightline.plugin.transport;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.elasticsearch.ElasticsearchTimeoutException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.transport.NodeDisconnectedException;
import org.elasticsearch.transport.ReceiveTimeoutTransportException;
import org.elasticsearch.transport.TransportException;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;

/** What a failure of a stage, of a pool or of the network means to a caller of inference. */
public final class InferenceFailures {
  private InferenceFailures() {}

  /**
   * @param node where it failed, for the message
   */
  public static InferenceException of(Throwable failure, String node) {
    Throwable reason = unwrap(failure);
    if (reason instanceof InferenceException inference) {
      return inference;
    }
    if (reason instanceof ReceiveTimeoutTransportException) {
      return new InferenceException(
          Kind.DEADLINE_EXCEEDED, "node [" + node + "] did not answer in time", reason);
    }
    Throwable cause = ExceptionsHelper.unwrapCause(reason);
    if (cause instanceof RejectedExecutionException || cause instanceof CircuitBreakingException) {
      return new InferenceException(
          Kind.OVERLOADED, "node [" + node + "] is overloaded: " + cause.getMessage(), cause);
    }
    if (reason instanceof TransportException) {
      return new InferenceException(
          Kind.MODEL_UNAVAILABLE,
          "node [" + node + "] did not serve the request: " + cause,
          reason);
    }
    return InferenceException.failed("inference failed on node [" + node + "]", reason);
  }

  /** A node that gave no answer before the deadline. */
  public static InferenceException silence(String node) {
    String message = "node [" + node + "] did not answer before the deadline";
    return new InferenceException(
        Kind.DEADLINE_EXCEEDED, message, new ElasticsearchTimeoutException(message));
  }

  /** Whether no answer came; a node that answers that it is too late is not silent. */
  public static boolean isSilence(InferenceException failure) {
    return failure.getCause() instanceof ElasticsearchTimeoutException
        || failure.getCause() instanceof ReceiveTimeoutTransportException;
  }

  /** Whether the node was lost while the request was under way. */
  public static boolean isLoss(InferenceException failure) {
    return failure.getCause() != null
        && ExceptionsHelper.unwrapCause(failure.getCause()) instanceof NodeDisconnectedException;
  }

  /** Whether another node may serve what failed for this reason. */
  public static boolean worthAnotherNode(Kind kind) {
    return switch (kind) {
      case UNKNOWN_MODEL, MODEL_UNAVAILABLE, OVERLOADED, INTERNAL -> true;
      case INVALID_INPUT, UNSUPPORTED, DEADLINE_EXCEEDED, CANCELLED, IMAGE_REQUIRED, ERROR -> false;
    };
  }

  /** Writes a failure as part of a message. */
  public static void write(StreamOutput out, InferenceException failure) throws IOException {
    out.writeString(failure.kind().name());
    out.writeString(failure.getMessage());
  }

  /** Reads a failure; a kind that this build does not know is {@code INTERNAL}. */
  public static InferenceException read(StreamInput in) throws IOException {
    String name = in.readString();
    String message = in.readString();
    for (Kind kind : Kind.values()) {
      if (kind.name().equals(name)) {
        return new InferenceException(kind, message);
      }
    }
    return new InferenceException(Kind.INTERNAL, name + ": " + message);
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
