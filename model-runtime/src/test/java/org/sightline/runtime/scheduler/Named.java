package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletionException;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;

/** A job that becomes its name. */
public final class Named extends Job<String> {
  final String name;
  final Runnable preparation;

  final int length;

  public Named(Caller caller, String name, Runnable preparation) {
    this(caller, name, preparation, 0);
  }

  public Named(Caller caller, String name, Runnable preparation, int length) {
    super(caller, 1);
    this.name = name;
    this.preparation = preparation;
    this.length = length;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public void prepare() {
    preparation.run();
  }

  public Kind failure() {
    CompletionException e = assertThrows(CompletionException.class, () -> result().join());
    return ((InferenceException) e.getCause()).kind();
  }
}
