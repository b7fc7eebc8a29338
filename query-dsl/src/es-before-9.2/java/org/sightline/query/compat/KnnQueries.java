package org.sightline.query.compat;

import org.elasticsearch.search.vectors.KnnVectorQueryBuilder;
import org.elasticsearch.search.vectors.RescoreVectorBuilder;

/** Creates {@code knn} queries; indices that take a {@code visit_percentage} came with 9.2. */
public final class KnnQueries {
  private KnnQueries() {}

  /** Whether {@code visit_percentage} can be asked for. */
  public static boolean supportsVisitPercentage() {
    return false;
  }

  /** One with a vector. */
  public static KnnVectorQueryBuilder of(
      String field,
      float[] vector,
      Integer k,
      Integer numCandidates,
      Float visitPercentage,
      RescoreVectorBuilder rescoreVector,
      Float similarity) {
    return new KnnVectorQueryBuilder(field, vector, k, numCandidates, rescoreVector, similarity);
  }
}
