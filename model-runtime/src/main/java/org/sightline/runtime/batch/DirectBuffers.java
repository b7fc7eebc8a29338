package org.sightline.runtime.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * Native memory in which the inputs of a batch are laid out, kept from batch to batch and grown
 * when one needs more. For one runner; goes with it.
 */
public final class DirectBuffers {
  /** No floats at all. */
  static final FloatBuffer NOTHING = bytes(0).asFloatBuffer();

  private FloatBuffer floats = FloatBuffer.allocate(0);
  private LongBuffer ids = LongBuffer.allocate(0);
  private LongBuffer mask = LongBuffer.allocate(0);

  /** Room for at least that many floats, to be written from 0. */
  public FloatBuffer floats(int size) {
    if (floats.capacity() < size) {
      floats = bytes(Math.multiplyExact(size, Float.BYTES)).asFloatBuffer();
    }
    return floats.clear();
  }

  /** Room for at least that many ids, to be written from 0. */
  LongBuffer ids(int size) {
    if (ids.capacity() < size) {
      ids = bytes(Math.multiplyExact(size, Long.BYTES)).asLongBuffer();
    }
    return ids.clear();
  }

  /** Room for at least that many mask values, to be written from 0. */
  LongBuffer mask(int size) {
    if (mask.capacity() < size) {
      mask = bytes(Math.multiplyExact(size, Long.BYTES)).asLongBuffer();
    }
    return mask.clear();
  }

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }
}
