package org.sightline.query.task;

import java.util.Map;
import org.elasticsearch.search.profile.ProfileResult;
import org.elasticsearch.search.profile.dfs.DfsProfiler;

/**
 * One thing that the coordinating node did for a search.
 *
 * @param type what it was
 * @param description with what
 * @param nanos how long it took
 * @param facts by name: texts, ints and longs
 */
public record ProfilePart(String type, String description, long nanos, Map<String, Object> facts) {

  /** The breakdown is that of the section, all zero: typed clients insist on its names. */
  ProfileResult toResult() {
    return new ProfileResult(
        type, description, new DfsProfiler().toBreakdownMap(), facts, nanos, null);
  }
}
