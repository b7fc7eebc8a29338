package org.sightline.runtime.onnx;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/** Values for an input of a graph. Buffers must be direct; they are read from 0, not kept. */
public sealed interface InputTensor {

  long[] shape();

  /** Floats: 32-bit here, and in the graph what the graph takes, 32 or 16. */
  record Floats(FloatBuffer buffer, long... shape) implements InputTensor {}

  /** Integers: 64-bit here, and in the graph what the graph takes, 64 or 32. */
  record Longs(LongBuffer buffer, long... shape) implements InputTensor {}

  /** What an earlier run left in native memory; stays the caller's. */
  record Kept(KeptTensor tensor) implements InputTensor {
    @Override
    public long[] shape() {
      return tensor.shape();
    }
  }

  /** Number of values that the shape holds. */
  default int size() {
    return Math.toIntExact(Arrays.stream(shape()).reduce(1, Math::multiplyExact));
  }
}
