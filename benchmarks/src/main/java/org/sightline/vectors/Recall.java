package org.sightline.vectors;

import java.util.Arrays;
import java.util.List;

/**
 * Exact nearest neighbours of one query, and the recall of others against them.
 *
 * <p>Recall at k is the share of k that were found among the k nearest. Pictures that look the same
 * have the same vector, so what counts is how near a hit is and not which of them it is: a hit is
 * right when it is as near as the k-th of the exact ones.
 */
public final class Recall {
  /** Cosines this close are equal: a node adds them in another order. */
  private static final float EQUAL = 1e-5f;

  private final Vectors vectors;
  private final float[] query;
  private final float[] nearest; // cosines, largest first

  /**
   * Computes the cosines of all vectors with the query.
   *
   * @param query of length 1
   * @param most the largest k that will be asked for
   */
  public Recall(Vectors vectors, float[] query, int most) {
    this.vectors = vectors;
    this.query = query.clone();
    float[] all = new float[vectors.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = vectors.cosine(i, query);
    }
    Arrays.sort(all);
    nearest = new float[Math.min(most, all.length)];
    for (int i = 0; i < nearest.length; i++) {
      nearest[i] = all[all.length - 1 - i];
    }
  }

  /**
   * The recall of hits.
   *
   * @param k at most as many as there are vectors, and as was said
   * @param found numbers of distinct vectors; those behind the k-th do not count
   * @return from 0 to 1
   */
  public double at(int k, List<Integer> found) {
    if (k > nearest.length) {
      throw new IllegalArgumentException(
          "recall at " + k + ": " + nearest.length + " neighbours were computed");
    }
    long right =
        found.stream()
            .limit(k)
            .distinct()
            .filter(number -> vectors.cosine(number, query) >= nearest[k - 1] - EQUAL)
            .count();
    return (double) right / k;
  }
}
