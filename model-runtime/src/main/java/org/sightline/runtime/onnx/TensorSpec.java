package org.sightline.runtime.onnx;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a graph says of one of its inputs or outputs.
 *
 * @param type element type in lower case: {@code float}, {@code float16}, {@code int64}, {@code
 *     int32}
 * @param dims sizes, -1 where the axis is dynamic
 */
public record TensorSpec(String name, String type, List<Long> dims) {
  public static final String FLOAT = "float";
  public static final String INT64 = "int64";
  public static final String INT32 = "int32";
  public static final String FLOAT16 = "float16";

  public TensorSpec {
    dims = List.copyOf(dims);
  }

  /** {@code pixel_values float [?,3,224,224]}. */
  @Override
  public String toString() {
    return name
        + " "
        + type
        + dims.stream()
            .map(dim -> dim < 0 ? "?" : dim.toString())
            .collect(Collectors.joining(",", " [", "]"));
  }
}
