package org.sightline.query.compat;

import org.elasticsearch.index.query.QueryRewriteContext;

/** Reads what the rewrite of a search knows of its request. */
public final class Rewrites {
  private Rewrites() {}

  /**
   * Whether the search passes over shards that fail, which no rewrite says in each version before
   * 9.3. A search that does not fails when its second phase reaches such a shard.
   */
  public static boolean allowPartialResults(QueryRewriteContext context) {
    return true;
  }
}
