package org.sightline.runtime.onnx;

import java.util.Arrays;

/**
 * Values of an output of a graph, on the heap and owned by whoever receives it.
 *
 * @param data row-major
 */
public record OutputTensor(float[] data, long... shape) {

  /** Items along the first axis. */
  public int items() {
    return Math.toIntExact(shape[0]);
  }

  /** Values of one item. */
  public int itemSize() {
    return items() == 0 ? 0 : data.length / items();
  }

  /** A copy of one item's values. */
  public float[] item(int index) {
    return Arrays.copyOfRange(data, index * itemSize(), (index + 1) * itemSize());
  }
}
