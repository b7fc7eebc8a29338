package org.sightline.runtime.inference;

/** Arithmetic on vectors, summed in double precision. Vectors of one call have the same length. */
public final class VectorMath {
  private VectorMath() {}

  /** The scalar product; the cosine where both vectors are L2-normalised. */
  public static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** The scalar product with the one of an embedding's vectors that is nearest. */
  public static double nearest(Embedding embedding, float[] vector) {
    double best = Double.NEGATIVE_INFINITY;
    for (float[] candidate : embedding.vectors()) {
      best = Math.max(best, dot(candidate, vector));
    }
    return best;
  }

  /** The L2 norm. */
  public static double norm(float[] vector) {
    return Math.sqrt(dot(vector, vector));
  }

  /** A new vector, every component divided. */
  public static float[] divided(float[] vector, double by) {
    float[] result = new float[vector.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) (vector[i] / by);
    }
    return result;
  }
}
