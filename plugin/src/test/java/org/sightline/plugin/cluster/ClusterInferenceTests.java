package org.sightline.plugin.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;

/** Routing and merging. */
public class ClusterInferenceTests extends ClusterInferenceTestCase {

  public void testImagesGoToTheirOwnersAndComeBackInOrder() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    List<InferenceInput> inputs = images(50);
    assertEmbeddings(inputs, await(cluster(state, nodes).embed(embed(inputs))));
    assertEquals(Set.of("a", "b", "c"), new HashSet<>(nodes.visits));
    assertEquals("one request for each node", 3, nodes.visits.size());

    for (InferenceInput input : images(20)) {
      Nodes visited = new Nodes();
      await(cluster(state, visited).embed(embed(List.of(input))));
      assertEquals(order(state, input).subList(0, 1), List.copyOf(visited.visits));
    }
  }

  /** Whoever coordinates holds the images until the answer, wherever they are encoded. */
  public void testImagesAreCountedUntilTheAnswer() throws Exception {
    AtomicLong used = new AtomicLong();
    AtomicLong limit = new AtomicLong(Long.MAX_VALUE);
    AtomicLong most = new AtomicLong();
    heap =
        new HeapAccount() {
          @Override
          public void take(long bytes) {
            if (used.get() + bytes > limit.get()) {
              throw new InferenceException(Kind.OVERLOADED, "no heap");
            }
            most.set(used.addAndGet(bytes));
          }

          @Override
          public void add(long bytes) {
            used.addAndGet(bytes);
          }
        };
    List<InferenceInput> inputs = new ArrayList<>(images(3));
    inputs.add(new InferenceInput.Text("title"));
    inputs.add(InferenceInput.Image.reference("0".repeat(64)));
    DiscoveryNodes state = TestNodes.of("a", "b");
    await(cluster(state, new Nodes()).embed(embed(inputs)));
    assertEquals(3 * "image 0".length(), most.get());
    assertEquals(0, used.get());
    InferenceInput query = images(1).get(0);
    await(cluster(state, new Nodes()).match(match(query, inputs)));
    assertEquals(4 * "image 0".length(), most.get());
    assertEquals(0, used.get());

    Nodes failing = new Nodes();
    failing.fail("a", Kind.INTERNAL);
    failing.fail("b", Kind.INTERNAL);
    assertEquals(Kind.INTERNAL, failure(cluster(state, failing).embed(embed(inputs))).kind());
    assertEquals(0, used.get());
    limit.set(3 * "image 0".length() - 1);
    Nodes asked = new Nodes();
    assertEquals(Kind.OVERLOADED, failure(cluster(state, asked).embed(embed(inputs))).kind());
    assertTrue("nothing is sent", asked.visits.isEmpty());
    assertEquals(0, used.get());
  }

  public void testTextsOfADocumentGoWithItsImage() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    for (InferenceInput image : images(20)) {
      Nodes nodes = new Nodes();
      List<InferenceInput> inputs = List.of(new InferenceInput.Text("title"), image);
      assertEmbeddings(inputs, await(cluster(state, nodes).embed(embed(inputs))));
      assertEquals(1, nodes.visits.size());
    }
  }

  public void testMatchesGoToTheOwnersOfTheImages() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    InferenceInput text = new InferenceInput.Text("a cat");
    List<InferenceInput> images = images(50);
    MatchResponse response = await(cluster(state, nodes).match(match(text, images)));
    assertEquals(50, response.results().size());
    for (int i = 0; i < 50; i++) {
      MatchScore score = response.results().get(i).orThrow();
      assertEquals(number(text), score.noMatchLogit(), 0f);
      assertEquals(number(images.get(i)), score.matchLogit(), 0f);
    }
    assertEquals(3, nodes.visits.size());

    Nodes other = new Nodes();
    InferenceInput image = images.get(0);
    List<InferenceInput> texts =
        List.of(new InferenceInput.Text("a"), new InferenceInput.Text("b"));
    await(cluster(state, other).match(match(image, texts)));
    String owner = order(state, image).get(0);
    assertEquals(List.of(owner), List.copyOf(other.visits));
  }

  public void testStatsOfAllNodesAndFailovers() throws Exception {
    Nodes nodes = new Nodes();
    nodes.fail("b", Kind.OVERLOADED);
    nodes.stats = new MatchStats(1, 2, 3, 5, 7, 0, null);
    MatchStats stats =
        await(
                cluster(TestNodes.of("a", "b"), nodes)
                    .match(match(new InferenceInput.Text("a cat"), images(50))))
            .stats();
    // a is asked for its images, and for those that b did not serve
    assertEquals(new MatchStats(2, 4, 6, 5, 7, 1, stats.slowest()), stats);
    assertEquals(Kind.OVERLOADED, stats.slowest().kind());
    assertTrue(stats.slowest().nanos() > 0);
    assertEquals("b", stats.slowest().node());
  }

  public void testCaptionsGoToTheOwnersOfTheImages() throws Exception {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    nodes.fail("b", Kind.OVERLOADED);
    List<InferenceInput.Image> images =
        images(50).stream().map(input -> (InferenceInput.Image) input).toList();
    CaptionOptions options = new CaptionOptions("a", 2, 3, 9, 1, 1.5, 0.5, null, null);
    CaptionRequest request =
        new CaptionRequest(
            "m", images, options, Purpose.CAPTION, Deadline.after(Duration.ofMinutes(1)));
    CaptionResponse response = await(cluster(state, nodes).caption(request));
    assertEquals(Set.of("a", "b", "c"), new HashSet<>(nodes.visits));
    assertEquals(
        images.stream().map(image -> List.of(new Caption(image.digest(), 0))).toList(),
        response.results().stream().map(Outcome::orThrow).toList());
    assertEquals(Set.of(options), new HashSet<>(nodes.captionOptions));
  }

  public void testCountsAreChecked() {
    Nodes nodes = new Nodes();
    nodes.surplus = 1;
    InferenceException e = failure(cluster(TestNodes.of("a"), nodes).embed(embed(images(2))));
    assertEquals(Kind.INTERNAL, e.kind());
    assertEquals("node [a] answered [3] results for [2] inputs", e.getMessage());
  }

  public void testNothingToAskOrNobodyToAsk() {
    InferenceException e = failure(cluster(TestNodes.of(), new Nodes()).embed(embed(images(1))));
    assertEquals(Kind.MODEL_UNAVAILABLE, e.kind());
    assertEquals(
        "no inference node is in the cluster, at least one node needs"
            + " [sightline.inference.enabled: true]",
        e.getMessage());
    e = failure(cluster(TestNodes.of("a"), new Nodes()).embed(embed(List.of())));
    assertEquals("a request needs at least one input, got none", e.getMessage());
    EmbedRequest late =
        new EmbedRequest("m", images(1), Purpose.SEARCH, Deadline.after(Duration.ofSeconds(-1)));
    e = failure(cluster(TestNodes.of("a"), new Nodes()).embed(late));
    assertEquals(Kind.DEADLINE_EXCEEDED, e.kind());
  }
}
