package org.sightline.plugin.cluster;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.plugin.node.CallerThread;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/** Routing, merging and failover, with nodes whose answers tell which input they were for. */
public class ClusterInferenceTests extends ESTestCase {
  private ThreadPool threadPool;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    threadPool = new TestThreadPool(getTestName());
  }

  @Override
  public void tearDown() throws Exception {
    ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
    super.tearDown();
  }

  /** Answers with a number made of the input, on another thread or on this one. */
  private final class Nodes {
    private final List<Deadline> deadlines = new CopyOnWriteArrayList<>();
    private final List<CaptionOptions> captionOptions = new CopyOnWriteArrayList<>();
    private final Map<String, Function<Integer, InferenceException>> failures = new HashMap<>();
    private final Map<String, AtomicInteger> calls = new HashMap<>();
    private final ConcurrentLinkedQueue<String> visits = new ConcurrentLinkedQueue<>();
    private int surplus;
    private MatchStats stats = MatchStats.NONE;

    void fail(String node, Kind kind) {
      failures.put(node, call -> new InferenceException(kind, "no by " + node));
    }

    private synchronized <T> CompletionStage<T> answer(DiscoveryNode node, T value) {
      visits.add(node.getId());
      int call = calls.computeIfAbsent(node.getId(), id -> new AtomicInteger()).incrementAndGet();
      InferenceException failure = failures.getOrDefault(node.getId(), ignored -> null).apply(call);
      if (randomBoolean()) {
        return failure == null
            ? CompletableFuture.completedFuture(value)
            : CompletableFuture.failedFuture(failure);
      }
      CompletableFuture<T> stage = new CompletableFuture<>();
      threadPool
          .generic()
          .execute(
              () -> {
                if (failure == null) {
                  stage.complete(value);
                } else {
                  stage.completeExceptionally(failure);
                }
              });
      return stage;
    }

    Inference on(DiscoveryNode node) {
      return new Inference() {
        @Override
        public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
          deadlines.add(request.deadline());
          List<Outcome<Embedding>> results = new ArrayList<>();
          for (InferenceInput input : request.inputs()) {
            results.add(Outcome.success(new Embedding(List.of(new float[] {number(input)}))));
          }
          for (int i = 0; i < surplus; i++) {
            results.add(results.get(0));
          }
          return answer(node, new EmbedResponse(request.modelId(), 1, results));
        }

        @Override
        public CompletionStage<MatchResponse> match(MatchRequest request) {
          List<Outcome<MatchScore>> results = new ArrayList<>();
          for (InferenceInput input : request.inputs()) {
            results.add(
                Outcome.success(new MatchScore(number(request.query()), number(input), null)));
          }
          return answer(node, new MatchResponse(request.modelId(), results, stats));
        }

        @Override
        public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
          captionOptions.add(request.options());
          List<Outcome<List<Caption>>> results = new ArrayList<>();
          for (InferenceInput.Image image : request.images()) {
            results.add(Outcome.success(List.of(new Caption(image.digest(), 0))));
          }
          return answer(node, new CaptionResponse(request.modelId(), results));
        }
      };
    }
  }

  private static float number(InferenceInput input) {
    return switch (input) {
      case InferenceInput.Text text -> text.value().hashCode();
      case InferenceInput.Image image -> image.digest().hashCode();
    };
  }

  private final Routing routing = new Routing();

  private ClusterInference cluster(DiscoveryNodes state, Nodes nodes) {
    return new ClusterInference(
        () -> state, TestNodes.EVERYWHERE, nodes::on, new CallerThread(threadPool), routing);
  }

  private static List<InferenceInput> images(int count) {
    List<InferenceInput> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add(InferenceInput.Image.of(("image " + i).getBytes(StandardCharsets.UTF_8)));
    }
    return images;
  }

  /** Ids of the nodes for an image, its owner first. */
  private static List<String> order(DiscoveryNodes state, InferenceInput image) {
    return new InferenceNodes(state, new NodeLoad(System::nanoTime), TestNodes.EVERYWHERE, "m")
        .forImage(((InferenceInput.Image) image).digest()).stream()
            .map(DiscoveryNode::getId)
            .toList();
  }

  private static EmbedRequest embed(List<InferenceInput> inputs) {
    return new EmbedRequest("m", inputs, Purpose.SEARCH, Deadline.after(Duration.ofMinutes(1)));
  }

  private static MatchRequest match(InferenceInput query, List<InferenceInput> inputs) {
    return new MatchRequest(
        "m", query, inputs, Purpose.RERANK, Deadline.after(Duration.ofMinutes(1)));
  }

  /** Waits for the stage and checks that it completes once. */
  private static <T> T await(CompletionStage<T> stage) throws Exception {
    AtomicInteger completions = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(1);
    stage.whenComplete(
        (value, failure) -> {
          completions.incrementAndGet();
          done.countDown();
        });
    assertTrue(done.await(30, TimeUnit.SECONDS));
    assertEquals(1, completions.get());
    return stage.toCompletableFuture().join();
  }

  private static InferenceException failure(CompletionStage<?> stage) {
    CompletionException e = expectThrows(CompletionException.class, () -> await(stage));
    return (InferenceException) e.getCause();
  }

  private static void assertEmbeddings(List<InferenceInput> inputs, EmbedResponse response) {
    assertEquals("m", response.modelId());
    assertEquals(1, response.dimensions());
    assertEquals(inputs.size(), response.results().size());
    for (int i = 0; i < inputs.size(); i++) {
      assertEquals(number(inputs.get(i)), response.results().get(i).orThrow().single()[0], 0f);
    }
  }

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

  public void testEveryNodeIsTriedOnceAndTheLastReasonStands() {
    DiscoveryNodes state = TestNodes.of("a", "b", "c");
    Nodes nodes = new Nodes();
    for (String id : List.of("a", "b", "c")) {
      nodes.fail(id, Kind.OVERLOADED);
    }
    InferenceInput image = images(1).get(0);
    InferenceException e = failure(cluster(state, nodes).embed(embed(List.of(image))));
    List<String> order = order(state, image);
    assertEquals(order, List.copyOf(nodes.visits));
    assertEquals(Kind.OVERLOADED, e.kind());
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
    nodes.fail(owner, Kind.DEADLINE_EXCEEDED);
    ClusterInference cluster = cluster(state, nodes);
    assertEmbeddings(List.of(image), await(cluster.embed(embed(List.of(image)))));
    assertEquals("each node once", 2, nodes.visits.size());
    assertTrue(nodes.deadlines.get(0).remaining().compareTo(Duration.ofSeconds(31)) < 0);
    assertTrue(nodes.deadlines.get(1).remaining().compareTo(Duration.ofSeconds(31)) > 0);
    nodes.visits.clear();
    await(cluster.embed(embed(List.of(image))));
    assertFalse("not asked first again", nodes.visits.contains(owner));
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
