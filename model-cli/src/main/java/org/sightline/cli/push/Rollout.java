package org.sightline.cli.push;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.sightline.cli.web.TransferException;

/**
 * How far the inference nodes are with a version of a model.
 *
 * @param nodes as the cluster orders them
 * @param waiting what would have to be waited for, empty when each node uses the version, or has
 *     failed to
 */
public record Rollout(List<Node> nodes, String waiting) {
  private static final Set<String> ON_ITS_WAY = Set.of("fetching", "loading");
  private static final String FAILED = "failed";

  public Rollout {
    nodes = List.copyOf(nodes);
  }

  /**
   * How far one node is.
   *
   * @param name of the node
   * @param state in the cluster's words: {@code fetching}, {@code loading}, {@code loaded}, {@code
   *     available}, {@code failed}
   * @param reason why it failed, or empty
   * @param version of the model that the state is about, or empty where the node has none
   */
  public record Node(String name, String state, String reason, String version) {

    static Node parse(JsonElement element) {
      if (element instanceof JsonObject fields) {
        Node node =
            new Node(
                Reply.text(fields, "name"),
                Reply.text(fields, "state"),
                Reply.text(fields, "reason"),
                Reply.text(fields, "version"));
        if (node.name.isEmpty() == false && node.state.isEmpty() == false) {
          return node;
        }
      }
      throw new TransferException("the cluster's answer names a node without name or state");
    }

    boolean hasFailed() {
      return state.equals(FAILED);
    }

    /**
     * Whether the node has done all it will do. A failure of another version is an older one: the
     * node has not looked at this version yet.
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

  /** The nodes of a cluster's answer. */
  static Rollout parse(JsonObject answer, String version) {
    if (!(answer.get("nodes") instanceof JsonArray listed)) {
      throw new TransferException("the cluster's answer has no [nodes]");
    }
    List<Node> all = new ArrayList<>();
    listed.forEach(node -> all.add(Node.parse(node)));
    List<Node> nodes = withoutOlderVersions(all, version);
    String waiting =
        nodes.stream()
            .filter(node -> node.isSettled(version) == false)
            .map(Node::waiting)
            .collect(Collectors.joining(", "));
    return new Rollout(nodes, nodes.isEmpty() ? "any inference node" : waiting);
  }

  /** Leaves out the older version of a node that is listed with both. */
  private static List<Node> withoutOlderVersions(List<Node> all, String version) {
    Set<String> updated =
        all.stream()
            .filter(node -> node.version().equals(version))
            .map(Node::name)
            .collect(Collectors.toSet());
    return all.stream()
        .filter(node -> node.version().equals(version) || updated.contains(node.name()) == false)
        .toList();
  }

  /** Whether nothing changes any more. */
  public boolean settled() {
    return waiting.isEmpty();
  }

  /** The nodes that cannot use the model. */
  public List<Node> failed() {
    return nodes.stream().filter(Node::hasFailed).toList();
  }
}
