package org.sightline.integration;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads what the plugin adds to the answer to {@code "profile": true}. */
public final class Profiles {
  private Profiles() {}

  /** The part of that type; there must be one. */
  public static JsonNode part(JsonNode reply, String type) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode shard : reply.required("profile").required("shards")) {
      for (JsonNode part : shard.at("/dfs/statistics/children")) {
        if (part.required("type").asText().equals(type)) {
          found.add(part);
        }
      }
    }
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " parts [" + type + "] in " + reply.get("profile"));
    }
    return found.get(0);
  }
}
