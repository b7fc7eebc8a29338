package org.sightline.query.compat;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.index.query.AbstractQueryBuilder;

/** A query that becomes one Lucene query. */
public abstract class LeafQueryBuilder<B extends LeafQueryBuilder<B>>
    extends AbstractQueryBuilder<B> {
  protected LeafQueryBuilder() {}

  protected LeafQueryBuilder(StreamInput in) throws IOException {
    super(in);
  }
}
