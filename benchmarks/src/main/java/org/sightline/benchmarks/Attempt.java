package org.sightline.benchmarks;

import java.util.function.Consumer;

/**
 * How measuring ended, so that one part that goes wrong costs no other.
 *
 * @param unavailable what was not to be had, or null
 * @param failure what went wrong, or null
 */
record Attempt(String unavailable, Throwable failure) {

  /** Something that measures. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }

  static Attempt of(Work work) {
    try {
      work.run();
      return new Attempt(null, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Attempt(null, e);
    } catch (UnavailableException e) {
      return new Attempt(e.getMessage(), null);
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      return new Attempt(null, e);
    }
  }

  /** Says why a row has not been measured. */
  void tell(Consumer<String> notMeasured, Consumer<Throwable> failed) {
    if (unavailable != null) {
      notMeasured.accept(unavailable);
    } else {
      failed.accept(
          failure == null ? new IllegalStateException("the row was not measured") : failure);
    }
  }
}
