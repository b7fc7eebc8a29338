package org.sightline.query.compat;

import java.util.Map;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.search.profile.SearchProfileShardResult;

/** Reads answers of searches. */
public final class SearchResponses {
  private SearchResponses() {}

  /** The profile by shard; empty where none was asked for. */
  public static Map<String, SearchProfileShardResult> profile(SearchResponse response) {
    return response.getProfileResults();
  }
}
