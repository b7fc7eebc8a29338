package org.sightline.plugin.cluster;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.test.ESTestCase;
import org.sightline.inference.Digest;

public class InferenceNodesTests extends ESTestCase {

  private static List<String> digests(int count) {
    List<String> digests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      digests.add(Digest.sha256(("image " + i).getBytes(StandardCharsets.UTF_8)));
    }
    return digests;
  }

  private static List<String> ids(List<DiscoveryNode> nodes) {
    return nodes.stream().map(DiscoveryNode::getId).toList();
  }

  public void testOnlyInferenceNodesEachOnce() {
    InferenceNodes nodes = new InferenceNodes(TestNodes.of("a", "b", "c"));
    for (String digest : digests(20)) {
      assertEquals(Set.of("a", "b", "c"), new TreeSet<>(ids(nodes.forImage(digest))));
      assertEquals(3, nodes.forImage(digest).size());
    }
    assertEquals(List.of(), new InferenceNodes(TestNodes.of()).forImage("ab".repeat(32)));
  }

  public void testImagesSpreadEvenly() {
    InferenceNodes nodes = new InferenceNodes(TestNodes.of("a", "b", "c", "d"));
    Map<String, Integer> owned = new HashMap<>();
    for (String digest : digests(4000)) {
      owned.merge(nodes.forImage(digest).get(0).getId(), 1, Integer::sum);
    }
    // binomial with mean 1000 and standard deviation 27: six of them
    owned.forEach((id, count) -> assertTrue(owned.toString(), Math.abs(count - 1000) < 165));
    assertEquals(4, owned.size());
  }

  public void testANodeThatLeavesMovesOnlyItsOwnImages() {
    InferenceNodes before = new InferenceNodes(TestNodes.of("a", "b", "c"));
    InferenceNodes after = new InferenceNodes(TestNodes.of("a", "b"));
    for (String digest : digests(200)) {
      List<String> order = new ArrayList<>(ids(before.forImage(digest)));
      order.remove("c");
      assertEquals(order, ids(after.forImage(digest)));
    }
  }

  public void testTextsPreferTheLocalNodeAndOtherwiseSpread() {
    DiscoveryNodes here =
        DiscoveryNodes.builder(TestNodes.of("a", "b", "c")).localNodeId("b").build();
    InferenceNodes local = new InferenceNodes(here);
    InferenceNodes remote = new InferenceNodes(TestNodes.of("a", "b", "c"));
    Set<String> first = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      assertEquals("b", local.forText("text " + i).get(0).getId());
      assertEquals(3, local.forText("text " + i).size());
      first.add(remote.forText("text " + i).get(0).getId());
      assertEquals(remote.forText("text " + i), remote.forText("text " + i));
    }
    assertEquals(Set.of("a", "b", "c"), first);
  }
}
