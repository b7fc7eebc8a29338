package org.sightline.query.compat;

import static org.elasticsearch.action.ValidateActions.addValidationError;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.ScoreDoc;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.search.builder.PointInTimeBuilder;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.fetch.StoredFieldsContext;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.search.sort.FieldSortBuilder;
import org.elasticsearch.search.sort.ScoreSortBuilder;
import org.elasticsearch.search.sort.SortBuilder;
import org.elasticsearch.xcontent.ParseField;

/**
 * A retriever with others inside, whose {@code doRewrite} runs their searches itself. The one of
 * Elasticsearch cannot be rewritten in another way in 9.0.
 */
public abstract class CompoundRetriever<T extends CompoundRetriever<T>> extends RetrieverBuilder {
  protected static final ParseField RANK_WINDOW_SIZE_FIELD = new ParseField("rank_window_size");

  protected final int rankWindowSize;
  protected final List<RetrieverSource> innerRetrievers;

  /**
   * One of the others.
   *
   * @param source its search; null until it has been made
   */
  public record RetrieverSource(RetrieverBuilder retriever, SearchSourceBuilder source) {}

  /**
   * @param innerRetrievers the others
   * @param rankWindowSize how many hits of each count
   */
  protected CompoundRetriever(List<RetrieverSource> innerRetrievers, int rankWindowSize) {
    this.innerRetrievers = innerRetrievers;
    this.rankWindowSize = rankWindowSize;
  }

  /** The same with other parts. */
  protected abstract T clone(List<RetrieverSource> newChildren, List<QueryBuilder> newFilters);

  /** One step of the rewrite. */
  protected abstract RetrieverBuilder doRewrite(QueryRewriteContext context);

  /** Never called here: {@link #doRewrite} does what would lead to it. */
  protected abstract RankDoc[] combineInnerRetrieverResults(
      List<ScoreDoc[]> rankResults, boolean explain);

  @Override
  public final boolean isCompound() {
    return true;
  }

  @Override
  public final RetrieverBuilder rewrite(QueryRewriteContext context) {
    if (context.getPointInTimeBuilder() == null) {
      throw new IllegalStateException("[" + getName() + "] needs a point in time");
    }
    return doRewrite(context);
  }

  /** The search of a child: its best hits, told apart by shard and document where scores tie. */
  protected final SearchSourceBuilder createSearchSourceBuilder(
      PointInTimeBuilder pointInTime, RetrieverBuilder child) {
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .pointInTimeBuilder(pointInTime)
            .trackTotalHits(false)
            .storedFields(new StoredFieldsContext(false))
            .size(rankWindowSize);
    child.getPreFilterQueryBuilders().addAll(preFilterQueryBuilders);
    child.extractToSearchSourceBuilder(source, true);
    List<SortBuilder<?>> sorts = new ArrayList<>();
    if (source.sorts() == null || source.sorts().isEmpty()) {
      sorts.add(new ScoreSortBuilder());
    } else {
      sorts.addAll(source.sorts());
    }
    sorts.add(new FieldSortBuilder(FieldSortBuilder.SHARD_DOC_FIELD_NAME));
    return source.sort(sorts).skipInnerHits(true);
  }

  @Override
  public ActionRequestValidationException validate(
      SearchSourceBuilder source,
      ActionRequestValidationException errors,
      boolean isScroll,
      boolean allowPartialSearchResults) {
    ActionRequestValidationException found =
        super.validate(source, errors, isScroll, allowPartialSearchResults);
    if (source.size() > rankWindowSize) {
      found =
          addValidationError(
              Strings.format(
                  "[%s] requires [rank_window_size: %d] be greater than or equal to [size: %d]",
                  getName(), rankWindowSize, source.size()),
              found);
    }
    if (isScroll) {
      found = addValidationError("cannot specify [" + getName() + "] and [scroll]", found);
    }
    for (RetrieverSource child : innerRetrievers) {
      found = child.retriever().validate(source, found, isScroll, allowPartialSearchResults);
    }
    return found;
  }

  @Override
  public final QueryBuilder topDocsQuery() {
    throw notRewritten();
  }

  @Override
  public final void extractToSearchSourceBuilder(SearchSourceBuilder source, boolean compound) {
    throw notRewritten();
  }

  private IllegalStateException notRewritten() {
    return new IllegalStateException("[" + getName() + "] must be rewritten before it is run");
  }

  @Override
  public boolean doEquals(Object other) {
    CompoundRetriever<?> that = (CompoundRetriever<?>) other;
    return rankWindowSize == that.rankWindowSize && innerRetrievers.equals(that.innerRetrievers);
  }

  @Override
  public int doHashCode() {
    return Objects.hash(innerRetrievers);
  }
}
