package org.sightline.runtime.onnx;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What sessions run on.
 *
 * @param index of the accelerator; 0 where the kind has none
 */
public record Device(Kind kind, int index) {

  /** What a device can be. */
  public enum Kind {
    /** CUDA where the build has it and it works, otherwise CPU, with a warning. */
    AUTO,
    CPU,
    /** CUDA or nothing. */
    CUDA
  }

  public static final Device AUTO = new Device(Kind.AUTO, 0);
  public static final Device CPU = new Device(Kind.CPU, 0);

  private static final Pattern FORM = Pattern.compile("auto|cpu|cuda(?::([0-9]{1,2}))?");

  /** In the jar of ONNX Runtime that is built with CUDA, and in no other. */
  private static final String CUDA_LIBRARY = "onnxruntime_providers_cuda";

  /**
   * Reads {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:1}.
   *
   * @param name of what is read, for messages
   * @throws IllegalArgumentException naming what is allowed
   */
  public static Device parse(String name, String value) {
    Matcher matcher = FORM.matcher(value);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "[" + name + "] must be one of [auto, cpu, cuda, cuda:INDEX], got [" + value + "]");
    }
    String index = matcher.group(1);
    String kind = value.replaceFirst(":.*", "").toUpperCase(Locale.ROOT);
    return new Device(Kind.valueOf(kind), index == null ? 0 : Integer.parseInt(index));
  }

  /** Whether this build's ONNX Runtime has CUDA. Runs no native code. */
  public static boolean buildHasCuda() {
    String platform = "linux-x64/lib" + CUDA_LIBRARY + ".so";
    String windows = "win-x64/" + CUDA_LIBRARY + ".dll";
    ClassLoader loader = Device.class.getClassLoader();
    return loader.getResource("ai/onnxruntime/native/" + platform) != null
        || loader.getResource("ai/onnxruntime/native/" + windows) != null;
  }

  /** The kind that sessions are expected to run on, before any is open: CPU or CUDA. */
  public Kind expected() {
    return switch (kind) {
      case CPU -> Kind.CPU;
      case CUDA -> Kind.CUDA;
      case AUTO -> buildHasCuda() ? Kind.CUDA : Kind.CPU;
    };
  }

  /** {@code cpu}, {@code cuda:0}: the form that {@link #parse} reads. */
  @Override
  public String toString() {
    String id = kind.name().toLowerCase(Locale.ROOT);
    return kind == Kind.CUDA ? id + ":" + index : id;
  }
}
