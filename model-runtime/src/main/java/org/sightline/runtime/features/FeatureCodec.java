package org.sightline.runtime.features;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.sightline.runtime.inference.Embedding;

/**
 * Features of one image as bytes, little-endian: magic, storage, the four sizes, the embedding's
 * vectors, the tokens, and the CRC-32C of all that.
 */
final class FeatureCodec {
  private static final int MAGIC = 0x31464c53; // "SLF1"
  private static final int HEADER_BYTES = 6 * Integer.BYTES;
  private static final float INT8_MAX = 127;
  private static final float LARGEST_FLOAT16 = 65504;

  private FeatureCodec() {}

  /**
   * @param features with tokens
   */
  static byte[] encode(ImageFeatures features, Storage wanted) {
    ImageFeatures.Tokens tokens = features.tokens();
    Storage storage = wanted == Storage.FLOAT16 && !fits(tokens) ? Storage.FLOAT32 : wanted;
    List<float[]> vectors =
        features.embedding() == null ? List.of() : features.embedding().vectors();
    int dimensions = vectors.isEmpty() ? 0 : vectors.get(0).length;
    int payload =
        Math.addExact(
            Math.multiplyExact(vectors.size() * dimensions, Float.BYTES),
            Math.multiplyExact(tokens.count(), storage.tokenBytes(tokens.hidden())));
    ByteBuffer buffer =
        ByteBuffer.allocate(Math.addExact(HEADER_BYTES + Integer.BYTES, payload))
            .order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(MAGIC).putInt(storage.ordinal());
    buffer.putInt(vectors.size()).putInt(dimensions);
    buffer.putInt(tokens.count()).putInt(tokens.hidden());
    for (float[] vector : vectors) {
      for (float value : vector) {
        buffer.putFloat(value);
      }
    }
    for (int token = 0; token < tokens.count(); token++) {
      write(buffer, storage, tokens.values(), token * tokens.hidden(), tokens.hidden());
    }
    buffer.putInt(checksum(buffer.array(), buffer.position()));
    return buffer.array();
  }

  /** Whether half precision has room for all values. */
  private static boolean fits(ImageFeatures.Tokens tokens) {
    for (float value : tokens.values()) {
      if (!(Math.abs(value) <= LARGEST_FLOAT16)) {
        return false;
      }
    }
    return true;
  }

  private static void write(
      ByteBuffer buffer, Storage storage, float[] values, int from, int hidden) {
    switch (storage) {
      case FLOAT32 -> {
        for (int i = 0; i < hidden; i++) {
          buffer.putFloat(values[from + i]);
        }
      }
      case FLOAT16 -> {
        for (int i = 0; i < hidden; i++) {
          buffer.putShort(Float.floatToFloat16(values[from + i]));
        }
      }
      case INT8 -> {
        float largest = 0;
        for (int i = 0; i < hidden; i++) {
          largest = Math.max(largest, Math.abs(values[from + i]));
        }
        float scale = largest / INT8_MAX;
        buffer.putFloat(scale);
        for (int i = 0; i < hidden; i++) {
          buffer.put((byte) (scale == 0 ? 0 : Math.round(values[from + i] / scale)));
        }
      }
    }
  }

  /** The features, or null when the bytes are not whole or not of this format. */
  static ImageFeatures decode(byte[] bytes) {
    int end = bytes.length - Integer.BYTES;
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (end < HEADER_BYTES
        || buffer.getInt(end) != checksum(bytes, end)
        || buffer.getInt() != MAGIC) {
      return null;
    }
    try {
      return read(buffer, end);
    } catch (BufferUnderflowException | ArithmeticException | NegativeArraySizeException e) {
      return null;
    }
  }

  private static ImageFeatures read(ByteBuffer buffer, int end) {
    int ordinal = buffer.getInt();
    int vectors = buffer.getInt();
    int dimensions = buffer.getInt();
    int count = buffer.getInt();
    int hidden = buffer.getInt();
    if (ordinal < 0 || ordinal >= Storage.values().length) {
      return null;
    }
    Storage storage = Storage.values()[ordinal];
    long payload =
        (long) Float.BYTES * vectors * dimensions + (long) count * storage.tokenBytes(hidden);
    if (payload != end - HEADER_BYTES) {
      return null;
    }
    List<float[]> embedding = new ArrayList<>(vectors);
    for (int i = 0; i < vectors; i++) {
      embedding.add(floats(buffer, dimensions));
    }
    float[] tokens = new float[Math.multiplyExact(count, hidden)];
    for (int token = 0; token < count; token++) {
      read(buffer, storage, tokens, token * hidden, hidden);
    }
    return new ImageFeatures(
        embedding.isEmpty() ? null : new Embedding(embedding),
        new ImageFeatures.Tokens(tokens, count, hidden));
  }

  private static float[] floats(ByteBuffer buffer, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = buffer.getFloat();
    }
    return values;
  }

  private static void read(
      ByteBuffer buffer, Storage storage, float[] values, int from, int hidden) {
    switch (storage) {
      case FLOAT32 -> {
        for (int i = 0; i < hidden; i++) {
          values[from + i] = buffer.getFloat();
        }
      }
      case FLOAT16 -> {
        for (int i = 0; i < hidden; i++) {
          values[from + i] = Float.float16ToFloat(buffer.getShort());
        }
      }
      case INT8 -> {
        float scale = buffer.getFloat();
        scaled(buffer.array(), buffer.position(), scale, values, from, hidden);
        buffer.position(buffer.position() + hidden);
      }
    }
  }

  /** From array to array, which the compiler turns into vector instructions. */
  private static void scaled(
      byte[] bytes, int at, float scale, float[] values, int from, int count) {
    for (int i = 0; i < count; i++) {
      values[from + i] = scale * bytes[at + i];
    }
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, length);
    return (int) checksum.getValue();
  }
}
