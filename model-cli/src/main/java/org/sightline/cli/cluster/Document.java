package org.sightline.cli.cluster;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

/**
 * A document, as a search lists it or a request gets it.
 *
 * @param routing null where it has none
 * @param version under which it is in the new index: made of the number that its shard gave its
 *     last change, so that a later change, also one after a removal, has a higher one
 * @param answer what Elasticsearch said of it
 */
public record Document(String id, String routing, long version, JsonObject answer) {

  /** A document of the old index. */
  public static Document of(JsonObject answer) {
    return new Document(
        answer.get("_id").getAsString(),
        answer.has("_routing") ? answer.get("_routing").getAsString() : null,
        answer.has("_seq_no") ? answer.get("_seq_no").getAsLong() + 1 : -1,
        answer);
  }

  /** Without what Elasticsearch said of it: to remember it by. */
  public Document bare() {
    return new Document(id, routing, -1, new JsonObject());
  }

  /** Whether the index that was asked has it. */
  public boolean exists() {
    return answer.has("_version");
  }

  /** Where requests find it. */
  public JsonObject address() {
    JsonObject address = new JsonObject();
    address.addProperty("_id", id);
    if (routing != null) {
      address.addProperty("routing", routing);
    }
    return address;
  }

  /** The lines of a bulk request that write it. */
  public String lines() {
    JsonObject index = address();
    index.addProperty("version", version);
    index.addProperty("version_type", "external");
    JsonObject action = new JsonObject();
    action.add("index", index);
    return action + "\n" + answer.get("_source") + "\n";
  }

  /** Whether the query of that name found it. */
  public boolean matched(String query) {
    return answer.get("matched_queries") instanceof JsonArray names
        && names.asList().stream().anyMatch(name -> name.getAsString().equals(query));
  }

  /** Whether the source has a value under a path, also in objects of a list. */
  public boolean has(String path) {
    return has(answer.get("_source"), path);
  }

  private static boolean has(JsonElement value, String path) {
    if (value instanceof JsonArray list) {
      return list.asList().stream().anyMatch(element -> has(element, path));
    }
    if (path.isEmpty()) {
      return value.isJsonNull() == false;
    }
    if (value instanceof JsonObject object) {
      for (int end = path.length(); end > 0; end = path.lastIndexOf('.', end - 1)) {
        JsonElement child = object.get(path.substring(0, end));
        if (child != null && has(child, path.substring(Math.min(path.length(), end + 1)))) {
          return true;
        }
      }
    }
    return false;
  }
}
