package org.sightline.query.match;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.retriever.RankDocsRetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * Stands for a rerank that is under way and becomes Elasticsearch's ranked documents when it has
 * ended. Only then is it known whether {@code min_score} applies: it is about match scores, which
 * the first stage's order, taken because inference failed, does not have.
 */
final class RerankedRetrieverBuilder extends RetrieverBuilder {
  private final RetrieverBuilder child;
  private final int rankWindowSize;
  private final String modelId;
  private final Supplier<RankedWindow> result;

  /**
   * @param modelId that matches
   * @param result null until the rerank has ended
   */
  RerankedRetrieverBuilder(
      RetrieverBuilder child, int rankWindowSize, String modelId, Supplier<RankedWindow> result) {
    this.child = child;
    this.rankWindowSize = rankWindowSize;
    this.modelId = modelId;
    this.result = result;
  }

  @Override
  public RetrieverBuilder rewrite(QueryRewriteContext context) {
    RankedWindow window = result.get();
    if (window == null) {
      return this;
    }
    RankDoc[] docs = context.isExplain() ? window.explained(modelId) : window.ranked();
    return new RankDocsRetrieverBuilder(
            rankWindowSize, List.of(child), () -> docs, window.reranked() ? minScore : null)
        .retrieverName(retrieverName);
  }

  @Override
  public String getName() {
    return ImageTextMatchRetrieverBuilder.NAME;
  }

  @Override
  public QueryBuilder topDocsQuery() {
    throw missingRewrite();
  }

  @Override
  public void extractToSearchSourceBuilder(SearchSourceBuilder source, boolean compoundUsed) {
    throw missingRewrite();
  }

  private static IllegalStateException missingRewrite() {
    return new IllegalStateException(
        "[" + ImageTextMatchRetrieverBuilder.NAME + "] is still being reranked");
  }

  @Override
  protected void doToXContent(XContentBuilder builder, Params params) {
    throw missingRewrite();
  }

  @Override
  protected boolean doEquals(Object other) {
    RerankedRetrieverBuilder that = (RerankedRetrieverBuilder) other;
    return rankWindowSize == that.rankWindowSize
        && modelId.equals(that.modelId)
        && child.equals(that.child)
        && result.equals(that.result);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(rankWindowSize, modelId, child, result);
  }
}
