package org.sightline.runtime.inference;

import java.util.Objects;

/** What became of one input: a value, or the reason why there is none. */
public sealed interface Outcome<T> {

  /**
   * A value.
   *
   * @param value never null
   */
  record Success<T>(T value) implements Outcome<T> {
    public Success {
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * No value.
   *
   * @param error why; its message is fit for users
   */
  record Failure<T>(InferenceException error) implements Outcome<T> {
    public Failure {
      Objects.requireNonNull(error, "error");
    }
  }

  static <T> Outcome<T> success(T value) {
    return new Success<>(value);
  }

  static <T> Outcome<T> failure(InferenceException error) {
    return new Failure<>(error);
  }

  /** The value, or the failure thrown. */
  default T orThrow() {
    return switch (this) {
      case Success<T> success -> success.value();
      case Failure<T> failure -> throw failure.error();
    };
  }
}
