package org.sightline.query.compat;

import java.util.List;
import org.elasticsearch.search.retriever.CompoundRetrieverBuilder;

/** A retriever with others inside, whose {@code doRewrite} runs their searches itself. */
public abstract class CompoundRetriever<T extends CompoundRetriever<T>>
    extends CompoundRetrieverBuilder<T> {

  /**
   * @param innerRetrievers the others
   * @param rankWindowSize how many hits of each count
   */
  protected CompoundRetriever(List<RetrieverSource> innerRetrievers, int rankWindowSize) {
    super(innerRetrievers, rankWindowSize);
  }
}
