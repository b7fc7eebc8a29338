package org.sightline.query.input;

import java.util.Arrays;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.rest.RestStatus;

/** The L2-normalised sum of weighted unit vectors: {@code Σ wᵢ·vᵢ / ‖Σ wᵢ·vᵢ‖}. */
final class VectorSum {
  /**
   * A sum shorter than this part of the summed weights is rounding noise: unit vectors in 32-bit
   * floats carry a relative error of about 1e-7 each.
   */
  private static final double CANCELLED = 1e-5;

  private VectorSum() {}

  /**
   * @param vectors one for each input, {@code [dimensions]} all alike, of any length but 0; not
   *     changed
   * @param weights one for each vector
   * @return a new vector of length 1
   */
  static float[] of(float[][] vectors, float[] weights) {
    int dimensions = vectors[0].length;
    double[] sum = new double[dimensions];
    double weightSum = 0;
    for (int input = 0; input < vectors.length; input++) {
      double scale = weights[input] / norm(vectors[input]);
      for (int i = 0; i < dimensions; i++) {
        sum[i] += scale * vectors[input][i];
      }
      weightSum += Math.abs((double) weights[input]);
    }
    double norm = Math.sqrt(Arrays.stream(sum).map(value -> value * value).sum());
    if (norm <= CANCELLED * weightSum) {
      throw new ElasticsearchStatusException(
          "the weighted embeddings of [input] cancel each other out, so nothing is left to search"
              + " for",
          RestStatus.BAD_REQUEST);
    }
    float[] result = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      result[i] = (float) (sum[i] / norm);
    }
    return result;
  }

  static double norm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
