package org.sightline.plugin.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.transport.NodeDisconnectedException;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/** What happens when a node fails, is silent, is too busy or is lost. */
public class FailoverTests extends ClusterInferenceTestCase {

  public void testAFailingNodeIsFollowedByTheNext() throws Exception {
    Kind kind =
        randomFrom(Kind.OVERLOADED, Kind.MODEL_UNAVAILABLE, Kind.UNKNOWN_MODEL, Kind.INTERNAL);
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    nodes.fail("a", kind);
    List<InferenceInput> inputs = images(50);
    assertEmbeddings(inputs, await(cluster(state, nodes).embed(embed(inputs))));
    assertEquals(1, nodes.calls.get("a").get());
    assertEquals("what was a's, by two others", 2, routing.stats().failovers());
    assertEquals(5, routing.stats().requests());
    assertEquals(0, routing.stats().unserved());
  }

  public void testWhatTwoNodesAreTooBusyForOrFailAtIsRefused() {
    Kind kind = randomFrom(Kind.OVERLOADED, Kind.INTERNAL);
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    for (String id : List.of("a", "b", "c")) {
      nodes.fail(id, kind);
    }
    InferenceInput image = images(1).get(0);
    InferenceException e = failure(cluster(state, nodes).embed(embed(List.of(image))));
    List<String> order = order(state, image);
    assertEquals(order.subList(0, 2), List.copyOf(nodes.visits));
    assertEquals(kind, e.kind());
    assertEquals("no by " + order.get(1), e.getMessage());
  }

  /** What ended a thread of one node may end the process of the next. */
  public void testWhatLedToAnErrorOfJavaIsNotRepeated() {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    Error error = randomFrom(new StackOverflowError("deep"), new NoClassDefFoundError("deep"));
    for (String id : List.of("a", "b", "c")) {
      nodes.failures.put(
          id, call -> InferenceFailures.of(new CompletionException(error), "node-" + id));
    }
    InferenceInput image = images(1).get(0);
    InferenceException e = failure(cluster(state, nodes).embed(embed(List.of(image))));
    assertEquals(order(state, image).subList(0, 1), List.copyOf(nodes.visits));
    assertEquals(
        "inference failed on node [node-" + nodes.visits.peek() + "]: " + error, e.getMessage());
  }

  private static InferenceException loss(String node) {
    return InferenceFailures.of(
        new NodeDisconnectedException(TestNodes.inferenceNode(node), "lost"), node);
  }

  /** A picture that kills its decoder must not kill one node after the other. */
  public void testAnImageGoesToOneMoreNodeWhenItsNodeIsLost() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    for (String id : List.of("a", "b", "c")) {
      nodes.failures.put(id, call -> loss(id));
    }
    InferenceInput image = images(1).get(0);
    InferenceException e = failure(cluster(state, nodes).embed(embed(List.of(image))));
    assertEquals(order(state, image).subList(0, 2), List.copyOf(nodes.visits));
    assertEquals(Kind.MODEL_UNAVAILABLE, e.kind());
  }

  public void testImagesOfALostNodeAreSentAloneAndTextsGoOn() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b");
    Nodes nodes = new Nodes();
    nodes.failures.put("a", call -> loss("a"));
    List<InferenceInput> inputs = images(20);
    long ofLost = inputs.stream().filter(i -> order(state, i).get(0).equals("a")).count();
    assertEmbeddings(inputs, await(cluster(state, nodes).embed(embed(inputs))));
    assertEquals("its own, then each of a's alone", 1 + ofLost, nodes.calls.get("b").get());

    Nodes allLost = new Nodes();
    for (String id : List.of("a", "b")) {
      allLost.failures.put(id, call -> loss(id));
    }
    failure(cluster(state, allLost).embed(embed(List.of(new InferenceInput.Text("a cat")))));
    assertEquals("a text goes round", 2, allLost.visits.size());
  }

  public void testEveryNodeIsTriedOnceAndTheLastReasonStands() {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    for (String id : List.of("a", "b", "c")) {
      nodes.fail(id, Kind.MODEL_UNAVAILABLE);
    }
    InferenceInput image = images(1).get(0);
    InferenceException e = failure(cluster(state, nodes).embed(embed(List.of(image))));
    List<String> order = order(state, image);
    assertEquals(order, List.copyOf(nodes.visits));
    assertEquals(Kind.MODEL_UNAVAILABLE, e.kind());
    assertEquals("no by " + order.get(2), e.getMessage());
  }

  public void testWhatNoNodeCanHelpIsNotTriedAgain() {
    Kind kind = randomFrom(Kind.INVALID_INPUT, Kind.UNSUPPORTED);
    Nodes nodes = new Nodes();
    for (String id : List.of("a", "b")) {
      nodes.fail(id, kind);
    }
    InferenceException e = failure(cluster(TestNodes.of("a", "b"), nodes).embed(embed(images(1))));
    assertEquals(kind, e.kind());
    assertEquals(1, nodes.visits.size());
  }

  /** The first node is silent for half of the time, which leaves the other half to the second. */
  public void testASilentNodeIsFollowedByTheNext() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b");
    Nodes nodes = new Nodes();
    InferenceInput image = images(1).get(0);
    String owner = order(state, image).get(0);
    nodes.failures.put(owner, call -> InferenceFailures.silence(owner));
    ClusterInference cluster = cluster(state, nodes);
    assertEmbeddings(List.of(image), await(cluster.embed(embed(List.of(image)))));
    assertEquals("each node once", 2, nodes.visits.size());
    assertTrue(nodes.deadlines.get(0).remaining().compareTo(Duration.ofSeconds(31)) < 0);
    assertTrue(nodes.deadlines.get(1).remaining().compareTo(Duration.ofSeconds(31)) > 0);
    nodes.visits.clear();
    await(cluster.embed(embed(List.of(image))));
    assertFalse("not asked first again", nodes.visits.contains(owner));
  }

  /** It is slow, not gone: the next request may be served in time. */
  public void testANodeThatSaysTooLateIsAskedFirstAgain() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b");
    Nodes nodes = new Nodes();
    InferenceInput image = images(1).get(0);
    String owner = order(state, image).get(0);
    nodes.fail(owner, Kind.DEADLINE_EXCEEDED);
    ClusterInference cluster = cluster(state, nodes);
    assertEmbeddings(List.of(image), await(cluster.embed(embed(List.of(image)))));
    nodes.visits.clear();
    await(cluster.embed(embed(List.of(image))));
    assertEquals(owner, nodes.visits.peek());
  }

  public void testInputsOfAnUnservedGroupFailAloneWhereOthersSucceed() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b");
    Nodes nodes = new Nodes();
    nodes.fail("a", Kind.UNSUPPORTED);
    List<InferenceInput> inputs = images(40);
    EmbedResponse response = await(cluster(state, nodes).embed(embed(inputs)));
    int failed = 0;
    for (int i = 0; i < 40; i++) {
      String owner = order(state, inputs.get(i)).get(0);
      if (response.results().get(i) instanceof Outcome.Failure<Embedding> failure) {
        assertEquals("a", owner);
        assertEquals("no by a", failure.error().getMessage());
        failed++;
      } else {
        assertEquals("b", owner);
      }
    }
    assertTrue(failed > 0 && failed < 40);
  }
}
