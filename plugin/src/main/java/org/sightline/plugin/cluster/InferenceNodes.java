package org.sightline.plugin.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.sightline.inference.Digest;

/**
 * The inference nodes of one cluster state, ordered for a key by rendezvous hashing (Thaler and
 * Ravishankar, 1998): the key goes to the node with the highest hash of both, so that a node which
 * leaves moves only its own keys.
 */
public final class InferenceNodes {
  /** As nodes see it: {@code node.attr.sightline.device} without its prefix. */
  public static final String DEVICE_ATTRIBUTE = "sightline.device";

  private record Candidate(DiscoveryNode node, long hash) {}

  private final List<Candidate> candidates;
  private final String localNodeId;

  InferenceNodes(DiscoveryNodes nodes) {
    this.candidates =
        of(nodes).stream()
            .map(node -> new Candidate(node, hash(Digest.sha256(utf8(node.getId())))))
            .toList();
    this.localNodeId = nodes.getLocalNodeId();
  }

  /** Those nodes of the cluster that run models. */
  public static List<DiscoveryNode> of(DiscoveryNodes nodes) {
    return nodes.getNodes().values().stream()
        .filter(node -> node.getAttributes().containsKey(DEVICE_ATTRIBUTE))
        .toList();
  }

  /** All nodes, the one that owns the image first. */
  List<DiscoveryNode> forImage(String digest) {
    return ordered(hash(digest), Set.of());
  }

  /** All nodes, this node first where it is one of them: a text is cheaper than a message. */
  List<DiscoveryNode> forText(String text) {
    return ordered(hash(Digest.sha256(utf8(text))), Set.of(localNodeId));
  }

  private List<DiscoveryNode> ordered(long key, Set<String> preferred) {
    Comparator<Candidate> byPreference =
        Comparator.comparing(candidate -> preferred.contains(candidate.node().getId()) == false);
    return candidates.stream()
        .sorted(
            byPreference.thenComparing(
                candidate -> mix(candidate.hash() ^ key), Comparator.reverseOrder()))
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
