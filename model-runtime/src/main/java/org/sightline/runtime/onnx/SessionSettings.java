package org.sightline.runtime.onnx;

import java.util.Objects;

/**
 * How sessions are opened. The words are those of Elasticsearch's trained models: an allocation is
 * one of the runs of a graph that go on at the same time.
 *
 * @param threads of the CPU that the runs of one graph take together, at least 1
 * @param threadsPerAllocation threads of one run where many inputs wait, 1 to {@code threads}: the
 *     fewer, the less of their time threads wait for each other; the more, the sooner a single
 *     input is done
 * @param device what they run on
 */
public record SessionSettings(int threads, int threadsPerAllocation, Device device) {
  public SessionSettings {
    Objects.requireNonNull(device, "device");
    if (threads < 1) {
      throw new IllegalArgumentException("[threads] must be at least 1, got [" + threads + "]");
    }
    if (threadsPerAllocation < 1 || threadsPerAllocation > threads) {
      throw new IllegalArgumentException(
          "[threadsPerAllocation] must be from 1 to the ["
              + threads
              + "] threads, got ["
              + threadsPerAllocation
              + "]");
    }
  }

  /** Allocations of one thread each. */
  public SessionSettings(int threads, Device device) {
    this(threads, 1, device);
  }

  /** For work beside a node's own: one thread of the CPU. */
  public static final SessionSettings SINGLE = new SessionSettings(1, Device.CPU);
}
