package org.sightline.runtime.limits;

/**
 * Told of the heap that a runtime uses, so that whoever owns the process can refuse. Thread-safe;
 * quick.
 */
public interface HeapAccount {
  /** Nobody counts. */
  HeapAccount NONE =
      new HeapAccount() {
        @Override
        public void take(long bytes) {}

        @Override
        public void add(long bytes) {}
      };

  /**
   * Asks for heap of a request before it is used; the same number comes back through {@link #add}.
   *
   * @throws org.sightline.runtime.inference.InferenceException of kind {@code OVERLOADED} when
   *     there is none; then nothing was taken
   */
  void take(long bytes);

  /**
   * Says that more or less heap is used; cannot be refused.
   *
   * @param bytes negative where less is used
   */
  void add(long bytes);
}
