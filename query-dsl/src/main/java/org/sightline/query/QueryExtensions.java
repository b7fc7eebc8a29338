package org.sightline.query;

import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.plugins.SearchPlugin;
import org.elasticsearch.plugins.SearchPlugin.QuerySpec;
import org.elasticsearch.plugins.SearchPlugin.QueryVectorBuilderSpec;
import org.elasticsearch.plugins.SearchPlugin.RetrieverSpec;
import org.sightline.query.knn.ImageTextEmbeddingVectorBuilder;
import org.sightline.query.knn.ImageTextQueryBuilder;
import org.sightline.query.match.ImageTextMatchRetrieverBuilder;
import org.sightline.query.task.SearchTaskFilter;

/**
 * What the plugin registers with Elasticsearch, each method for the one of {@link SearchPlugin}.
 */
public final class QueryExtensions {
  private QueryExtensions() {}

  /** For {@link SearchPlugin#getQueryVectorBuilders()}. */
  public static List<QueryVectorBuilderSpec<?>> vectorBuilders(QueryServices services) {
    return List.of(
        new QueryVectorBuilderSpec<>(
            ImageTextEmbeddingVectorBuilder.NAME,
            in -> ImageTextEmbeddingVectorBuilder.read(in, services),
            (parser, context) -> ImageTextEmbeddingVectorBuilder.parse(parser, services)));
  }

  /** For {@link SearchPlugin#getQueries()}. */
  public static List<QuerySpec<?>> queries(QueryServices services) {
    return List.of(
        new QuerySpec<>(
            ImageTextQueryBuilder.NAME,
            in -> new ImageTextQueryBuilder(in, services),
            parser -> ImageTextQueryBuilder.parse(parser, services)));
  }

  /** For {@link SearchPlugin#getRetrievers()}. */
  public static List<RetrieverSpec<?>> retrievers(QueryServices services) {
    return List.of(
        new RetrieverSpec<>(
            ImageTextMatchRetrieverBuilder.NAME,
            (parser, context) -> ImageTextMatchRetrieverBuilder.parse(parser, context, services)));
  }

  /**
   * For {@code ActionPlugin#getMappedActionFilters()}: without it everything works, but what a
   * search starts does not stop when the search is cancelled.
   *
   * @param threadContext of the node's thread pool
   * @param localNodeId asked for each search
   */
  public static List<MappedActionFilter> actionFilters(
      ThreadContext threadContext, Supplier<String> localNodeId) {
    return List.of(new SearchTaskFilter(threadContext, localNodeId));
  }
}
