package org.sightline.runtime.batch;

import java.util.function.Supplier;

/**
 * A value that the jobs of one request share. The first job that needs it makes it while it is
 * prepared. Thread-safe.
 *
 * @param <T> the value, not to be changed
 */
public final class Once<T> implements Supplier<T> {
  private final Supplier<T> make;
  private T value;

  public Once(Supplier<T> make) {
    this.make = make;
  }

  @Override
  public synchronized T get() {
    if (value == null) {
      value = make.get();
    }
    return value;
  }
}
