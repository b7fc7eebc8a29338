package org.sightline.plugin.cluster;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.test.ESTestCase;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.InferenceException;

public class InferenceNodesTests extends ESTestCase {

  private static List<String> digests(int count) {
    List<String> digests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      digests.add(Digest.sha256(("image " + i).getBytes(StandardCharsets.UTF_8)));
    }
    return digests;
  }

  private static InferenceNodes nodes(DiscoveryNodes state) {
    return nodes(state, new NodeLoad(System::nanoTime));
  }

  private static InferenceNodes nodes(DiscoveryNodes state, NodeLoad load) {
    return new InferenceNodes(state, load, TestNodes.EVERYWHERE, "m");
  }

  private static List<String> ids(List<DiscoveryNode> nodes) {
    return nodes.stream().map(DiscoveryNode::getId).toList();
  }

  public void testOnlyInferenceNodesEachOnce() {
    InferenceNodes nodes = nodes(TestNodes.of("a", "b", "c"));
    for (String digest : digests(20)) {
      assertEquals(Set.of("a", "b", "c"), new TreeSet<>(ids(nodes.forImage(digest))));
      assertEquals(3, nodes.forImage(digest).size());
    }
    assertEquals(List.of(), nodes(TestNodes.of()).forImage("ab".repeat(32)));
  }

  public void testImagesSpreadEvenly() {
    InferenceNodes nodes = nodes(TestNodes.of("a", "b", "c", "d"));
    Map<String, Integer> owned = new HashMap<>();
    for (String digest : digests(4000)) {
      owned.merge(nodes.forImage(digest).get(0).getId(), 1, Integer::sum);
    }
    // binomial with mean 1000 and standard deviation 27: six of them
    owned.forEach((id, count) -> assertTrue(owned.toString(), Math.abs(count - 1000) < 165));
    assertEquals(4, owned.size());
  }

  public void testANodeThatLeavesMovesOnlyItsOwnImages() {
    InferenceNodes before = nodes(TestNodes.of("a", "b", "c"));
    InferenceNodes after = nodes(TestNodes.of("a", "b"));
    for (String digest : digests(200)) {
      List<String> order = new ArrayList<>(ids(before.forImage(digest)));
      order.remove("c");
      assertEquals(order, ids(after.forImage(digest)));
    }
  }

  public void testTextsPreferTheLocalNodeAndOtherwiseSpread() {
    DiscoveryNodes here =
        DiscoveryNodes.builder(TestNodes.of("a", "b", "c")).localNodeId("b").build();
    InferenceNodes local = nodes(here);
    InferenceNodes remote = nodes(TestNodes.of("a", "b", "c"));
    Set<String> first = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      assertEquals("b", local.forText("text " + i).get(0).getId());
      assertEquals(3, local.forText("text " + i).size());
      first.add(remote.forText("text " + i).get(0).getId());
      assertEquals(remote.forText("text " + i), remote.forText("text " + i));
    }
    assertEquals(Set.of("a", "b", "c"), first);
  }

  public void testImagesPreferAccelerators() {
    DiscoveryNodes state =
        DiscoveryNodes.builder(TestNodes.of("a", "b"))
            .add(TestNodes.inferenceNode("g", "cuda"))
            .add(TestNodes.inferenceNode("h", "cuda"))
            .build();
    Set<String> first = new TreeSet<>();
    for (String digest : digests(50)) {
      List<String> order = ids(nodes(state).forImage(digest));
      assertEquals(Set.of("g", "h"), new TreeSet<>(order.subList(0, 2)));
      assertEquals("then the others", Set.of("a", "b"), new TreeSet<>(order.subList(2, 4)));
      first.add(order.get(0));
    }
    assertEquals("both have their share", Set.of("g", "h"), first);
  }

  private static DiscoveryNode node(String id) {
    return TestNodes.inferenceNode(id);
  }

  private static void send(NodeLoad load, String node, int inputs) {
    load.count(node(node), inputs, CompletableFuture::new);
  }

  public void testTextsGoToTheNodeWithLeastOutstanding() {
    NodeLoad load = new NodeLoad(() -> 0);
    send(load, "a", 5);
    send(load, "c", 2);
    DiscoveryNodes elsewhere = TestNodes.of("a", "b", "c");
    DiscoveryNodes here = DiscoveryNodes.builder(elsewhere).localNodeId("a").build();
    for (int i = 0; i < 20; i++) {
      assertEquals(List.of("b", "c", "a"), ids(nodes(elsewhere, load).forText("text " + i)));
      assertEquals(
          "a text is cheaper than a message",
          List.of("a", "b", "c"),
          ids(nodes(here, load).forText("text " + i)));
    }
  }

  public void testOutstandingIsWhatIsNotAnswered() {
    NodeLoad load = new NodeLoad(() -> 0);
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();
    load.count(node("a"), 3, () -> first);
    load.count(node("a"), 2, () -> second);
    assertEquals(5, load.outstanding(node("a")));
    first.complete("done");
    assertEquals(2, load.outstanding(node("a")));
    second.completeExceptionally(new IllegalStateException("no"));
    assertEquals(0, load.outstanding(node("a")));
    expectThrows(
        IllegalStateException.class,
        () ->
            load.count(
                node("a"),
                1,
                () -> {
                  throw new IllegalStateException("not sent");
                }));
    assertEquals(0, load.outstanding(node("a")));
    assertEquals(0, load.outstanding(node("b")));
  }

  /** Silent nodes come last, for everything, until they answer or half a minute has passed. */
  public void testSilentNodesComeLast() {
    AtomicLong now = new AtomicLong(randomLong());
    NodeLoad load = new NodeLoad(now::get);
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    String digest = digests(1).get(0);
    String owner = nodes(state, load).forImage(digest).get(0).getId();
    InferenceException late = InferenceFailures.silence("a");
    load.count(node(owner), 1, () -> CompletableFuture.failedFuture(late));
    assertTrue(load.suspect(node(owner)));
    assertEquals(owner, nodes(state, load).forImage(digest).get(2).getId());
    assertEquals(owner, nodes(state, load).forText("a").get(2).getId());
    load.count(node(owner), 1, () -> CompletableFuture.completedFuture("here again"));
    assertEquals(owner, nodes(state, load).forImage(digest).get(0).getId());
    load.count(node(owner), 1, () -> CompletableFuture.failedFuture(late));
    now.addAndGet(TimeValue.timeValueSeconds(31).nanos());
    assertEquals(owner, nodes(state, load).forImage(digest).get(0).getId());
  }

  public void testNodesWithoutTheModelAreLeftOutUnlessAllAre() {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    NodeLoad load = new NodeLoad(System::nanoTime);
    InferenceNodes some =
        new InferenceNodes(state, load, places(node -> node.equals("b"), node -> false), "m");
    assertEquals(Set.of("a", "c"), Set.copyOf(ids(some.forText("x"))));
    InferenceNodes none = new InferenceNodes(state, load, places(node -> true, node -> false), "m");
    assertEquals(3, none.forText("x").size());
  }

  /** A node may hope for a GPU and find none. */
  public void testANodeThatFellBackToTheCpuIsNotPreferred() {
    DiscoveryNodes state =
        DiscoveryNodes.builder()
            .add(TestNodes.inferenceNode("gpu", "cuda"))
            .add(TestNodes.inferenceNode("hoped", "cuda"))
            .add(TestNodes.inferenceNode("plain"))
            .localNodeId("plain")
            .build();
    NodeLoad load = new NodeLoad(System::nanoTime);
    ModelPlaces places = places(node -> false, node -> node.equals("hoped"));
    for (int i = 0; i < 20; i++) {
      String digest = Digest.sha256(new byte[] {(byte) i});
      List<String> order = ids(new InferenceNodes(state, load, places, "m").forImage(digest));
      assertEquals("gpu", order.get(0));
      assertEquals(Set.of("hoped", "plain"), Set.copyOf(order.subList(1, 3)));
    }
  }

  private static ModelPlaces places(Predicate<String> lacking, Predicate<String> onCpu) {
    return new ModelPlaces() {
      @Override
      public boolean lacks(DiscoveryNode node, String modelId) {
        return lacking.test(node.getId());
      }

      @Override
      public boolean onCpu(DiscoveryNode node) {
        return onCpu.test(node.getId());
      }
    };
  }
}
