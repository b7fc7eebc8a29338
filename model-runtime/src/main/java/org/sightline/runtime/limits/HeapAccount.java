package org.sightline.runtime.limits;

/** Account of the heap that a runtime uses. Its owner may refuse requests. Thread-safe; quick. */
public interface HeapAccount {
  /** Counts nothing and refuses nothing. */
  HeapAccount NONE =
      new HeapAccount() {
        @Override
        public void take(long bytes) {}

        @Override
        public void add(long bytes) {}
      };

  /**
   * Takes heap before it is used. The taker gives it back with a negative {@link #add}.
   *
   * @throws org.sightline.runtime.inference.InferenceException of kind {@code OVERLOADED} when
   *     there is not enough; then nothing was taken
   */
  void take(long bytes);

  /**
   * Counts a change of the heap in use; cannot be refused.
   *
   * @param bytes change, negative where heap is given back
   */
  void add(long bytes);
}
