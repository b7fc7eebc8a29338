package org.sightline.runtime.inference;

import java.util.Objects;
import java.util.concurrent.CompletionException;

/** Why inference gave no result. The message is fit for users: field, received, allowed. */
public final class InferenceException extends RuntimeException {

  /** What went wrong, in the terms in which callers react to it. */
  public enum Kind {
    /** The input cannot be used: not an image, too large. Repeating does not help. 400. */
    INVALID_INPUT,
    /** No model of that name. 400, naming those that exist. */
    UNKNOWN_MODEL,
    /** The model exists and has no such role. 400. */
    UNSUPPORTED,
    /** The model exists and cannot be used: broken bundle, failed load. 503. */
    MODEL_UNAVAILABLE,
    /** A bounded queue or pool is full. Repeating later helps. 429. */
    OVERLOADED,
    /** Nobody waits any more. 504. */
    DEADLINE_EXCEEDED,
    /** The features of an image given by digest are not cached: send its bytes. */
    IMAGE_REQUIRED,
    /** A defect or a native failure. 500. */
    INTERNAL,
    /** An {@link Error} of Java. What led to it may end a process, so it is not repeated. 500. */
    ERROR,
    /** Whoever asked has given up. 400, as Elasticsearch has for cancelled tasks. */
    CANCELLED
  }

  private final Kind kind;

  public InferenceException(Kind kind, String message) {
    this(kind, message, null);
  }

  public InferenceException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  public Kind kind() {
    return kind;
  }

  public static InferenceException invalid(String message) {
    return new InferenceException(Kind.INVALID_INPUT, message);
  }

  /** The error that callers get. */
  public static InferenceException of(Throwable error) {
    Throwable cause = error;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof InferenceException known ? known : failed("inference failed", cause);
  }

  /**
   * The error for a cause that is not one. An {@link OutOfMemoryError} also goes to the thread's
   * uncaught handler, because stages catch what their functions throw: Elasticsearch exits there.
   *
   * @param what failed, in words
   */
  public static InferenceException failed(String what, Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
    }
    Kind kind = cause instanceof Error ? Kind.ERROR : Kind.INTERNAL;
    return new InferenceException(kind, what + ": " + cause, cause);
  }
}
