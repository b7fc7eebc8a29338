package org.sightline.runtime.scheduler;

/**
 * What is charged for waiting.
 *
 * @param inputs their number
 * @param work what they cost together, in the unit of the queue
 */
public record Amount(int inputs, long work) {
  public static final Amount NONE = new Amount(0, 0);

  Amount plus(Amount other) {
    return new Amount(inputs + other.inputs, work + other.work);
  }

  Amount minus(Amount other) {
    return new Amount(inputs - other.inputs, work - other.work);
  }

  /** With one more input that costs this. */
  public Amount plusInput(long cost) {
    return new Amount(inputs + 1, work + cost);
  }
}
