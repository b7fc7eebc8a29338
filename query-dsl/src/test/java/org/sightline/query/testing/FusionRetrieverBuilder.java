package org.sightline.query.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.ScoreDoc;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.retriever.CompoundRetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * Reciprocal rank fusion over Elasticsearch's own class for compound retrievers, which {@code rrf}
 * and {@code linear} extend: their modules are not published.
 */
public final class FusionRetrieverBuilder extends CompoundRetrieverBuilder<FusionRetrieverBuilder> {
  private static final int RANK_CONSTANT = 60;

  public FusionRetrieverBuilder(int rankWindowSize, RetrieverBuilder... children) {
    super(new ArrayList<>(), rankWindowSize);
    for (RetrieverBuilder child : children) {
      addChild(child);
    }
  }

  private FusionRetrieverBuilder(int rankWindowSize, List<RetrieverSource> children) {
    super(children, rankWindowSize);
  }

  @Override
  public String getName() {
    return "fusion";
  }

  @Override
  protected FusionRetrieverBuilder clone(
      List<RetrieverSource> children, List<QueryBuilder> preFilters) {
    FusionRetrieverBuilder clone = new FusionRetrieverBuilder(rankWindowSize, children);
    clone.preFilterQueryBuilders = preFilters;
    clone.retrieverName = retrieverName;
    return clone;
  }

  @Override
  protected RankDoc[] combineInnerRetrieverResults(List<ScoreDoc[]> results, boolean explain) {
    Map<RankDoc.RankKey, RankDoc> fused = new HashMap<>();
    for (ScoreDoc[] docs : results) {
      for (int i = 0; i < docs.length; i++) {
        ScoreDoc doc = docs[i];
        fused.computeIfAbsent(
                    new RankDoc.RankKey(doc.doc, doc.shardIndex),
                    key -> new RankDoc(doc.doc, 0, doc.shardIndex))
                .score +=
            1f / (RANK_CONSTANT + i + 1);
      }
    }
    RankDoc[] ranked =
        fused.values().stream().sorted().limit(rankWindowSize).toArray(RankDoc[]::new);
    for (int i = 0; i < ranked.length; i++) {
      ranked[i].rank = i + 1;
    }
    return ranked;
  }

  @Override
  protected void doToXContent(XContentBuilder builder, Params params) {}
}
