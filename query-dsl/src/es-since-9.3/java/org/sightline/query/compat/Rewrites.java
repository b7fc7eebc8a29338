package org.sightline.query.compat;

import org.elasticsearch.index.query.QueryRewriteContext;

/** Reads what the rewrite of a search knows of its request. */
public final class Rewrites {
  private Rewrites() {}

  /** Whether the search passes over shards that fail. */
  public static boolean allowPartialResults(QueryRewriteContext context) {
    return context.allowPartialSearchResults();
  }
}
