package org.sightline.runtime.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.VectorMath;

/** Arithmetic on embeddings. */
public final class Vectors {
  private Vectors() {}

  /**
   * Cuts what a graph gave for one input into vectors and normalises each.
   *
   * @param values {@code [count * dimensions]}
   * @throws InferenceException when a vector is zero or not finite
   */
  public static Embedding embedding(float[] values, int dimensions) {
    if (values.length == 0 || values.length % dimensions != 0) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL,
          "the model gave " + values.length + " numbers, expected a multiple of " + dimensions);
    }
    List<float[]> vectors = new ArrayList<>(values.length / dimensions);
    for (int from = 0; from < values.length; from += dimensions) {
      vectors.add(normalised(Arrays.copyOfRange(values, from, from + dimensions)));
    }
    return new Embedding(vectors);
  }

  /** ITC similarity: the cosine, of the image's vector that is nearest to the text. */
  static float similarity(Embedding image, Embedding text) {
    return (float) Math.clamp(VectorMath.nearest(image, text.single()), -1.0, 1.0);
  }

  private static float[] normalised(float[] vector) {
    double norm = VectorMath.norm(vector);
    if (!(norm > 0) || Double.isInfinite(norm)) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL,
          "the model gave a vector that cannot be normalised: its length is " + norm);
    }
    return VectorMath.divided(vector, norm);
  }
}
