package org.sightline.plugin.cluster;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.sightline.runtime.limits.HeapAccount;

/** Inference of a cluster with nodes whose answers tell which input they were for. */
abstract class ClusterInferenceTestCase extends ESTestCase {
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
  final class Nodes {
    final List<Deadline> deadlines = new CopyOnWriteArrayList<>();
    final List<CaptionOptions> captionOptions = new CopyOnWriteArrayList<>();
    final Map<String, Function<Integer, InferenceException>> failures = new HashMap<>();
    final Map<String, AtomicInteger> calls = new HashMap<>();
    final ConcurrentLinkedQueue<String> visits = new ConcurrentLinkedQueue<>();
    int surplus;
    MatchStats stats = MatchStats.NONE;

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

  static float number(InferenceInput input) {
    return switch (input) {
      case InferenceInput.Text text -> text.value().hashCode();
      case InferenceInput.Image image -> image.digest().hashCode();
    };
  }

  final Routing routing = new Routing();
  HeapAccount heap = HeapAccount.NONE;

  ClusterInference cluster(DiscoveryNodes state, Nodes nodes) {
    return new ClusterInference(
        () -> state, TestNodes.EVERYWHERE, nodes::on, new CallerThread(threadPool), routing, heap);
  }

  static List<InferenceInput> images(int count) {
    List<InferenceInput> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add(InferenceInput.Image.of(("image " + i).getBytes(StandardCharsets.UTF_8)));
    }
    return images;
  }

  /** Ids of the nodes for an image, its owner first. */
  static List<String> order(DiscoveryNodes state, InferenceInput image) {
    return new InferenceNodes(state, new NodeLoad(System::nanoTime), TestNodes.EVERYWHERE, "m")
        .forImage(((InferenceInput.Image) image).digest()).stream()
            .map(DiscoveryNode::getId)
            .toList();
  }

  static EmbedRequest embed(List<InferenceInput> inputs) {
    return new EmbedRequest("m", inputs, Purpose.SEARCH, Deadline.after(Duration.ofMinutes(1)));
  }

  static MatchRequest match(InferenceInput query, List<InferenceInput> inputs) {
    return new MatchRequest(
        "m", query, inputs, Purpose.RERANK, Deadline.after(Duration.ofMinutes(1)));
  }

  /** Waits for the stage and checks that it completes once. */
  static <T> T await(CompletionStage<T> stage) throws Exception {
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

  static InferenceException failure(CompletionStage<?> stage) {
    CompletionException e = expectThrows(CompletionException.class, () -> await(stage));
    return (InferenceException) e.getCause();
  }

  static void assertEmbeddings(List<InferenceInput> inputs, EmbedResponse response) {
    assertEquals("m", response.modelId());
    assertEquals(1, response.dimensions());
    assertEquals(inputs.size(), response.results().size());
    for (int i = 0; i < inputs.size(); i++) {
      assertEquals(number(inputs.get(i)), response.results().get(i).orThrow().single()[0], 0f);
    }
  }
}
