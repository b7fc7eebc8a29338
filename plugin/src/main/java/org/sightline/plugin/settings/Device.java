package org.sightline.plugin.settings;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What models run on. This build has ONNX Runtime for CPU only. */
public enum Device {
  /** The best that the build has. */
  AUTO,
  CPU;

  /** The name in settings and in the node attribute: {@code cpu}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What {@link #AUTO} means in this build. */
  public Device resolve() {
    return CPU;
  }

  static Device parse(String id) {
    List<String> ids = Arrays.stream(values()).map(Device::id).toList();
    return Arrays.stream(values())
        .filter(device -> device.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "[sightline.inference.device] must be one of "
                        + ids
                        + ", got ["
                        + id
                        + "]: this build has ONNX Runtime for CPU only"));
  }
}
