package org.sightline.cli.push;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How far the nodes were when nobody waited any longer.
 *
 * @param nodes the inference nodes, as the cluster orders them
 * @param waiting what would have to be waited for, empty when each node uses the version, or has
 *     failed to
 */
public record Rollout(List<NodeState> nodes, String waiting) {

  public Rollout {
    nodes = List.copyOf(nodes);
  }

  /** How far the nodes are with a version. */
  static Rollout of(List<NodeState> all, String version) {
    List<NodeState> nodes = withoutThoseBefore(all, version);
    return new Rollout(
        nodes,
        nodes.isEmpty()
            ? "any inference node"
            : nodes.stream()
                .filter(node -> node.isSettled(version) == false)
                .map(NodeState::waiting)
                .collect(Collectors.joining(", ")));
  }

  /** A node that still serves another version is listed twice; the one before is no news. */
  private static List<NodeState> withoutThoseBefore(List<NodeState> all, String version) {
    Set<String> know =
        all.stream()
            .filter(node -> node.version().equals(version))
            .map(NodeState::name)
            .collect(Collectors.toSet());
    return all.stream()
        .filter(node -> node.version().equals(version) || know.contains(node.name()) == false)
        .toList();
  }

  /** Whether nothing changes any more. */
  public boolean settled() {
    return waiting.isEmpty();
  }

  /** The nodes that cannot use the model. */
  public List<NodeState> failed() {
    return nodes.stream().filter(NodeState::hasFailed).toList();
  }
}
