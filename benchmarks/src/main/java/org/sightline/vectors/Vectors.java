package org.sightline.vectors;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Vectors of length 1, by number. Immutable.
 *
 * <p>One array for all: a million of 128 dimensions take 512 MB.
 */
public final class Vectors {
  private final int dimensions;
  private final float[] values;

  private Vectors(int dimensions, float[] values) {
    this.dimensions = dimensions;
    this.values = values;
  }

  /** Normalises at least one vector; all of the same dimensions and none of length 0. */
  public static Vectors of(List<float[]> vectors) {
    int dimensions = vectors.get(0).length;
    float[] values = new float[Math.multiplyExact(dimensions, vectors.size())];
    int at = 0;
    for (float[] vector : vectors) {
      if (vector.length != dimensions) {
        throw new IllegalArgumentException(
            "vectors of " + dimensions + " and of " + vector.length + " dimensions");
      }
      System.arraycopy(vector, 0, values, at, dimensions);
      normalise(values, at, dimensions);
      at += dimensions;
    }
    return new Vectors(dimensions, values);
  }

  private static void normalise(float[] values, int from, int dimensions) {
    double squares = 0;
    for (int i = from; i < from + dimensions; i++) {
      squares += (double) values[i] * values[i];
    }
    if (squares == 0) {
      throw new IllegalArgumentException("a vector of length 0");
    }
    float factor = (float) (1 / Math.sqrt(squares));
    for (int i = from; i < from + dimensions; i++) {
      values[i] *= factor;
    }
  }

  /**
   * Vectors that lie around these, in turn: each is one of these plus a random vector of a length,
   * normalised again.
   *
   * @param count how many
   * @param length of what is added; 0 copies
   */
  public Vectors around(int count, double length, long seed) {
    float[] moved = new float[Math.multiplyExact(dimensions, count)];
    SplittableRandom random = new SplittableRandom(seed);
    double deviation = length / Math.sqrt(dimensions);
    for (int v = 0; v < count; v++) {
      int from = v % size() * dimensions;
      for (int d = 0; d < dimensions; d++) {
        moved[v * dimensions + d] = values[from + d] + (float) (deviation * random.nextGaussian());
      }
      normalise(moved, v * dimensions, dimensions);
    }
    return new Vectors(dimensions, moved);
  }

  /** The first so many. */
  public Vectors first(int count) {
    float[] some = new float[count * dimensions];
    System.arraycopy(values, 0, some, 0, some.length);
    return new Vectors(dimensions, some);
  }

  /** So many of these, evenly spread over their numbers. */
  public Vectors sample(int count) {
    float[] some = new float[count * dimensions];
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) i * size() / count) * dimensions;
      System.arraycopy(values, from, some, i * dimensions, dimensions);
    }
    return new Vectors(dimensions, some);
  }

  /** How many. */
  public int size() {
    return values.length / dimensions;
  }

  /** Of each. */
  public int dimensions() {
    return dimensions;
  }

  /** A copy of the vector of that number. */
  public float[] get(int number) {
    float[] vector = new float[dimensions];
    System.arraycopy(values, number * dimensions, vector, 0, dimensions);
    return vector;
  }

  /** The cosine of a vector with another one of length 1. */
  public float cosine(int number, float[] other) {
    int from = number * dimensions;
    float sum = 0;
    for (int d = 0; d < dimensions; d++) {
      sum += values[from + d] * other[d];
    }
    return sum;
  }
}
