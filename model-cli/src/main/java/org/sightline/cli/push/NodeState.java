package org.sightline.cli.push;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sightline.cli.web.TransferException;

/**
 * How far an inference node is with a model.
 *
 * @param name of the node
 * @param state in the cluster's words: {@code fetching}, {@code loading}, {@code loaded}, {@code
 *     available}, {@code failed}
 * @param reason why it failed, or empty
 * @param version of the model that the state is about, or empty where the node has none
 */
public record NodeState(String name, String state, String reason, String version) {
  private static final Set<String> ON_ITS_WAY = Set.of("fetching", "loading");
  private static final String FAILED = "failed";

  /** The nodes of an answer. */
  static List<NodeState> parse(JsonObject answer) {
    if (answer.get("nodes") instanceof JsonArray nodes) {
      List<NodeState> states = new ArrayList<>();
      for (JsonElement node : nodes) {
        if (node instanceof JsonObject fields
            && Fields.text(fields, "name").isEmpty() == false
            && Fields.text(fields, "state").isEmpty() == false) {
          states.add(
              new NodeState(
                  Fields.text(fields, "name"),
                  Fields.text(fields, "state"),
                  Fields.text(fields, "reason"),
                  Fields.text(fields, "version")));
        } else {
          throw new TransferException("the cluster's answer names a node without name or state");
        }
      }
      return states;
    }
    throw new TransferException("the cluster's answer has no [nodes]");
  }

  /** Whether the node cannot use the model. */
  public boolean hasFailed() {
    return state.equals(FAILED);
  }

  /**
   * Whether the node has done all it will do. A failure of another version is one from before: the
   * node has not looked at this one yet.
   */
  boolean isSettled(String pushed) {
    return hasFailed()
        ? version.isEmpty() || version.equals(pushed)
        : version.equals(pushed) && ON_ITS_WAY.contains(state) == false;
  }

  /** What is waited for, in a few words. */
  String waiting() {
    String what = ON_ITS_WAY.contains(state) ? state : "another version";
    // a fetch that failed is tried again, and says why it failed
    return name + " (" + what + (reason.isEmpty() ? "" : ": " + reason) + ")";
  }

  /** One line. */
  @Override
  public String toString() {
    return name + "  " + state + (reason.isEmpty() ? "" : ": " + reason);
  }
}
