package org.sightline.vectors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Vectors kept between runs, float32 in little endian one after the other. More can be appended; a
 * part of a vector at the end, left by a run that was ended, is overwritten.
 */
public final class VectorFile {
  private final Path file;
  private final int dimensions;

  /** A file that need not exist. */
  public VectorFile(Path file, int dimensions) {
    this.file = file;
    this.dimensions = dimensions;
  }

  private int bytes() {
    return dimensions * Float.BYTES;
  }

  /** How many whole vectors there are. */
  public int count() throws IOException {
    return Files.exists(file) ? (int) (Files.size(file) / bytes()) : 0;
  }

  /** Writes behind the last whole vector. */
  public void append(List<float[]> vectors) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate(vectors.size() * bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      if (vector.length != dimensions) {
        throw new IllegalArgumentException(
            "[" + file + "] has " + dimensions + " dimensions, got " + vector.length);
      }
      buffer.asFloatBuffer().put(vector);
      buffer.position(buffer.position() + bytes());
    }
    buffer.flip();
    long at = (long) count() * bytes();
    Files.createDirectories(file.toAbsolutePath().getParent());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (buffer.hasRemaining()) {
        at += channel.write(buffer, at);
      }
    }
  }

  /** The first vectors of the file, as they were written. */
  public List<float[]> read(int count) throws IOException {
    if (count > count()) {
      throw new IOException("[" + file + "] has " + count() + " vectors, not " + count);
    }
    List<float[]> vectors = new ArrayList<>(count);
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer buffer = ByteBuffer.allocate(bytes()).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        buffer.clear();
        long at = (long) i * bytes();
        while (buffer.hasRemaining()) {
          at += channel.read(buffer, at);
        }
        float[] vector = new float[dimensions];
        buffer.flip().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        vectors.add(vector);
      }
    }
    return vectors;
  }
}
