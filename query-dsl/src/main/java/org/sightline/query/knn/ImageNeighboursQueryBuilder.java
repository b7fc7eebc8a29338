package org.sightline.query.knn;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.lucene.search.Query;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.index.query.DisMaxQueryBuilder;
import org.elasticsearch.index.query.LeafQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.search.vectors.KnnVectorQueryBuilder;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * Stands for an {@code image_text} query whose image is being embedded and becomes Elasticsearch's
 * knn query; where the model has several vectors an image, one for each, of which the best score
 * counts. That is the image's ITC similarity with a text (Li et al., arXiv 2301.12597, section
 * 3.1): the largest over its vectors.
 *
 * <p>The first {@code k} of a shard are as exact as each of the searches: what is among the best by
 * the largest score is among the {@code k} best by the vector that gives it that score.
 */
final class ImageNeighboursQueryBuilder extends LeafQueryBuilder<ImageNeighboursQueryBuilder> {
  private final KnnOptions options;
  private final List<QueryBuilder> filters;
  private final Supplier<List<float[]>> vectors;

  /**
   * @param vectors gives null until the image has been embedded
   */
  ImageNeighboursQueryBuilder(
      KnnOptions options, List<QueryBuilder> filters, Supplier<List<float[]>> vectors) {
    this.options = options;
    this.filters = filters;
    this.vectors = vectors;
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) {
    List<float[]> embedded = vectors.get();
    if (embedded == null) {
      return this;
    }
    if (embedded.size() == 1) {
      return knn(embedded.get(0));
    }
    DisMaxQueryBuilder best = new DisMaxQueryBuilder().tieBreaker(0);
    embedded.forEach(vector -> best.add(knn(vector)));
    return best;
  }

  private QueryBuilder knn(float[] vector) {
    return new KnnVectorQueryBuilder(
            options.field(),
            vector,
            options.k(),
            options.numCandidates(),
            options.visitPercentage(),
            null,
            options.similarity())
        .addFilterQueries(filters);
  }

  @Override
  protected Query doToQuery(SearchExecutionContext context) {
    throw missingRewrite();
  }

  @Override
  protected void doWriteTo(StreamOutput out) {
    throw missingRewrite();
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) {
    throw missingRewrite();
  }

  private static IllegalStateException missingRewrite() {
    return new IllegalStateException(
        "the image of [" + ImageTextQueryBuilder.NAME + "] is still being embedded");
  }

  @Override
  public String getWriteableName() {
    return ImageTextQueryBuilder.NAME;
  }

  @Override
  public TransportVersion getMinimalSupportedVersion() {
    return TransportVersion.minimumCompatible();
  }

  @Override
  protected boolean doEquals(ImageNeighboursQueryBuilder other) {
    return options.equals(other.options)
        && filters.equals(other.filters)
        && vectors.equals(other.vectors);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(options, filters, vectors);
  }
}
