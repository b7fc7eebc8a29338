package org.sightline.query.compat;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;

/** A query that becomes one Lucene query, whose clauses Elasticsearch counts. */
public abstract class LeafQueryBuilder<B extends LeafQueryBuilder<B>>
    extends org.elasticsearch.index.query.LeafQueryBuilder<B> {
  protected LeafQueryBuilder() {}

  protected LeafQueryBuilder(StreamInput in) throws IOException {
    super(in);
  }
}
