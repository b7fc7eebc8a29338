package org.sightline.onnx;

import java.util.Objects;

/**
 * How sessions are opened.
 *
 * @param threads with which one run works on the CPU, at least 1
 * @param device what they run on
 */
public record SessionSettings(int threads, Device device) {
  public SessionSettings {
    Objects.requireNonNull(device, "device");
    if (threads < 1) {
      throw new IllegalArgumentException("[threads] must be at least 1, got [" + threads + "]");
    }
  }

  /** For work beside a node's own: one thread of the CPU. */
  public static final SessionSettings SINGLE = new SessionSettings(1, Device.CPU);
}
