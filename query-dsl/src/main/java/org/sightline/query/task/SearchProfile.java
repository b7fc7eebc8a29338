package org.sightline.query.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.search.profile.ProfileResult;
import org.elasticsearch.search.profile.SearchProfileDfsPhaseResult;
import org.elasticsearch.search.profile.SearchProfileShardResult;
import org.sightline.query.compat.SearchResponses;

/**
 * What the coordinating node did for a search before it asked the shards. Elasticsearch's profile
 * has only shards; this goes to the first of them in the order of their ids, to the {@code dfs}
 * section, which is about what comes before a shard's own search. Thread-safe.
 */
final class SearchProfile {
  private final List<ProfileResult> parts = new ArrayList<>();

  synchronized void add(ProfileResult part) {
    parts.add(part);
  }

  /** Puts the parts into a response that nobody else has seen. */
  synchronized void addTo(SearchResponse response) {
    Map<String, SearchProfileShardResult> shards = SearchResponses.profile(response);
    if (parts.isEmpty() || shards.isEmpty()) {
      return;
    }
    SearchProfileShardResult first = new TreeMap<>(shards).firstEntry().getValue();
    SearchProfileDfsPhaseResult dfs = first.getSearchProfileDfsPhaseResult();
    first
        .getQueryPhase()
        .setSearchProfileDfsPhaseResult(
            new SearchProfileDfsPhaseResult(
                statistics(dfs == null ? null : dfs.getDfsShardResult()),
                dfs == null ? null : dfs.getQueryProfileShardResult()));
  }

  private ProfileResult statistics(ProfileResult ofShard) {
    ProfileResult known = ofShard == null ? coordinator() : ofShard;
    List<ProfileResult> children = new ArrayList<>(known.getProfiledChildren());
    children.addAll(parts);
    return new ProfileResult(
        known.getQueryName(),
        known.getLuceneDescription(),
        known.getTimeBreakdown(),
        known.getDebugInfo(),
        known.getTime(),
        children);
  }

  private ProfileResult coordinator() {
    long nanos = parts.stream().mapToLong(ProfileResult::getTime).sum();
    return RunningSearch.profiled(
        "coordinator", "before the shards were searched", nanos, Map.of());
  }
}
