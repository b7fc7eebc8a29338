package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletionException;
import org.sightline.inference.InferenceException;
import org.sightline.inference.InferenceException.Kind;

/** A job that becomes its name. */
final class Named extends Job<String> {
  final String name;
  final Runnable preparation;

  final int length;

  Named(Caller caller, String name, Runnable preparation) {
    this(caller, name, preparation, 0);
  }

  Named(Caller caller, String name, Runnable preparation, int length) {
    super(caller, 1);
    this.name = name;
    this.preparation = preparation;
    this.length = length;
  }

  @Override
  int length() {
    return length;
  }

  @Override
  void prepare() {
    preparation.run();
  }

  Kind failure() {
    CompletionException e = assertThrows(CompletionException.class, () -> result().join());
    return ((InferenceException) e.getCause()).kind();
  }
}
