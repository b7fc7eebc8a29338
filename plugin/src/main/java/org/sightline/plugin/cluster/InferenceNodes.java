package org.sightline.plugin.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.sightline.runtime.inference.Digest;

/**
 * The inference nodes of one cluster state, ordered for a key by rendezvous hashing (Thaler and
 * Ravishankar, 1998): the key goes to the node with the highest hash of both, so that a node which
 * leaves moves only its own keys. Nodes that did not answer in time lately come last.
 */
public final class InferenceNodes {
  /** As nodes see it: {@code node.attr.sightline.device} without its prefix. */
  public static final String DEVICE_ATTRIBUTE = "sightline.device";

  /** Why nothing can be asked of a cluster without such nodes. */
  public static final String NONE =
      "no inference node is in the cluster, at least one node needs [sightline.inference.enabled:"
          + " true]";

  /**
   * A node, and what is known of it; read once, so that orders do not change while they are made.
   */
  private record Candidate(
      DiscoveryNode node, long hash, boolean suspect, long outstanding, boolean accelerated) {}

  /** The attribute's value of a node without an accelerator. */
  private static final String CPU = "cpu";

  private final List<Candidate> candidates;
  private final String localNodeId;

  /**
   * @param places those that do not have the model are left out, unless none has it: then it may be
   *     on its way to them
   */
  InferenceNodes(DiscoveryNodes nodes, NodeLoad load, ModelPlaces places, String modelId) {
    List<DiscoveryNode> all = of(nodes);
    List<DiscoveryNode> having =
        all.stream().filter(node -> places.lacks(node, modelId) == false).toList();
    this.candidates =
        (having.isEmpty() ? all : having)
            .stream()
                .map(
                    node ->
                        new Candidate(
                            node,
                            hash(Digest.sha256(utf8(node.getId()))),
                            load.suspect(node),
                            load.outstanding(node),
                            isAccelerated(node) && places.onCpu(node) == false))
                .toList();
    this.localNodeId = nodes.getLocalNodeId();
  }

  /** Those nodes of the cluster that run models. */
  public static List<DiscoveryNode> of(DiscoveryNodes nodes) {
    return nodes.getNodes().values().stream()
        .filter(node -> node.getAttributes().containsKey(DEVICE_ATTRIBUTE))
        .toList();
  }

  /**
   * All nodes, those with an accelerator first and among equals the one that owns the image: it has
   * the image's tokens, which matters more than who has least to do.
   */
  List<DiscoveryNode> forImage(String digest) {
    return ordered(
        hash(digest), Comparator.comparing(candidate -> candidate.accelerated() == false));
  }

  /**
   * All nodes, this node first where it is one of them, because a text is cheaper than a message;
   * then those with least outstanding.
   */
  List<DiscoveryNode> forText(String text) {
    return ordered(
        hash(Digest.sha256(utf8(text))),
        Comparator.<Candidate, Boolean>comparing(
                candidate -> candidate.node().getId().equals(localNodeId) == false)
            .thenComparing(Candidate::outstanding));
  }

  /** Whether an inference node announces more than a CPU. */
  public static boolean isAccelerated(DiscoveryNode node) {
    return node.getAttributes().get(DEVICE_ATTRIBUTE).equals(CPU) == false;
  }

  private List<DiscoveryNode> ordered(long key, Comparator<Candidate> preference) {
    return candidates.stream()
        .sorted(
            Comparator.comparing(Candidate::suspect)
                .thenComparing(preference)
                .thenComparing(candidate -> mix(candidate.hash() ^ key), Comparator.reverseOrder()))
        .map(Candidate::node)
        .toList();
  }

  private static byte[] utf8(String string) {
    return string.getBytes(StandardCharsets.UTF_8);
  }

  /** The first 64 bits of a digest are as good as all of them. */
  private static long hash(String digest) {
    return Long.parseUnsignedLong(digest.substring(0, 16), 16);
  }

  /** Finaliser of SplitMix64 (Stafford's variant 13). */
  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
