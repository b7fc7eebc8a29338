package org.sightline.query;

import java.util.List;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.plugins.SearchPlugin;
import org.elasticsearch.search.rank.RankDoc;
import org.sightline.query.knn.ImageTextEmbeddingVectorBuilder;
import org.sightline.query.knn.ImageTextQueryBuilder;
import org.sightline.query.knn.NearestNestedQueryBuilder;
import org.sightline.query.match.ImageTextMatchRetrieverBuilder;
import org.sightline.query.match.MatchedDoc;

/** A plugin's part of the search DSL: a query, a query vector builder and a retriever. */
public interface QueryExtensions extends SearchPlugin {

  /**
   * Asked when the node starts. The methods of the result are called when a request is rewritten.
   */
  QueryServices queryServices();

  /** What {@code Plugin.getNamedWriteables()} gives: what only nodes send. */
  static List<NamedWriteableRegistry.Entry> namedWriteables() {
    return List.of(
        new NamedWriteableRegistry.Entry(
            QueryBuilder.class, NearestNestedQueryBuilder.NAME, NearestNestedQueryBuilder::new),
        new NamedWriteableRegistry.Entry(RankDoc.class, MatchedDoc.NAME, MatchedDoc::new));
  }

  @Override
  default List<QueryVectorBuilderSpec<?>> getQueryVectorBuilders() {
    QueryServices services = queryServices();
    return List.of(
        new QueryVectorBuilderSpec<>(
            ImageTextEmbeddingVectorBuilder.NAME,
            in -> ImageTextEmbeddingVectorBuilder.read(in, services),
            (parser, context) -> ImageTextEmbeddingVectorBuilder.parse(parser, services)));
  }

  @Override
  default List<QuerySpec<?>> getQueries() {
    QueryServices services = queryServices();
    return List.of(
        new QuerySpec<>(
            ImageTextQueryBuilder.NAME,
            in -> new ImageTextQueryBuilder(in, services),
            parser -> ImageTextQueryBuilder.parse(parser, services)));
  }

  @Override
  default List<RetrieverSpec<?>> getRetrievers() {
    QueryServices services = queryServices();
    return List.of(
        new RetrieverSpec<>(
            ImageTextMatchRetrieverBuilder.NAME,
            (parser, context) -> ImageTextMatchRetrieverBuilder.parse(parser, context, services)));
  }
}
