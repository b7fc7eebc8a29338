package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.onnx.SessionSettings;
import org.sightline.runtime.scheduler.ManualExecutor;

/** Two real pools; after every test nothing waits, nothing is held, and no lease is open. */
public abstract class RuntimeTestCase {
  public static final Duration PATIENCE = Duration.ofSeconds(60);
  public static final String CLIP = "tiny-clip";
  public static final String BLIP = "tiny-blip";

  final List<LocalRuntime> opened = new ArrayList<>();
  ThreadPoolExecutor prepare;
  ThreadPoolExecutor infer;

  /** Of runtimes that {@link #manual} opens. */
  public final ManualExecutor preparing = new ManualExecutor();

  public final ManualExecutor inferring = new ManualExecutor();

  @BeforeEach
  void startPools() {
    prepare = pool(2, Integer.MAX_VALUE);
    infer = pool(2, Integer.MAX_VALUE);
  }

  @AfterEach
  void nothingStaysOpen() throws Exception {
    runAll();
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (LocalRuntime runtime : opened) {
      // a caller has its answer before the thread that gave it has left its job
      while (!runtime.held().equals(LocalRuntime.Held.IDLE) && System.nanoTime() - end < 0) {
        Thread.onSpinWait();
      }
      assertEquals(LocalRuntime.Held.IDLE, runtime.held());
      runtime.close();
      for (ModelStatus status : runtime.models()) {
        if (status.info() != null) {
          get(runtime.unload(status.id()));
        }
      }
    }
    prepare.shutdown();
    infer.shutdown();
    assertTrue(prepare.awaitTermination(60, TimeUnit.SECONDS));
    assertTrue(infer.awaitTermination(60, TimeUnit.SECONDS));
  }

  public static ThreadPoolExecutor pool(int threads, int queue) {
    return new ThreadPoolExecutor(
        threads, threads, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(queue));
  }

  static RuntimeLimits limits() {
    return RuntimeLimits.defaults().withSessions(SessionSettings.SINGLE);
  }

  LocalRuntime open(RuntimeLimits limits) {
    return open(limits, Golden.FIXTURES);
  }

  LocalRuntime open(RuntimeLimits limits, Path... folders) {
    return track(LocalRuntime.open(List.of(folders), limits, prepare, infer));
  }

  /** A runtime whose work happens when the test says so. */
  LocalRuntime manual(RuntimeLimits limits) {
    return manual(limits, Golden.FIXTURES);
  }

  LocalRuntime manual(RuntimeLimits limits, Path... folders) {
    return track(LocalRuntime.open(List.of(folders), limits, preparing, inferring));
  }

  /** The runtime is closed after the test, and must be idle then. */
  LocalRuntime track(LocalRuntime runtime) {
    opened.add(runtime);
    return runtime;
  }

  void runAll() {
    while (preparing.waiting() + inferring.waiting() > 0) {
      preparing.runAll();
      inferring.runAll();
    }
  }

  float[] vectorOf(LocalRuntime runtime, String value) throws Exception {
    CompletionStage<EmbedResponse> answer =
        runtime.inference().embed(embedRequest(CLIP, text(value)));
    runAll();
    return single(get(answer).results().get(0));
  }

  static ModelStatus.State state(LocalRuntime runtime, String id) {
    return status(runtime, id).state();
  }

  static ModelStatus status(LocalRuntime runtime, String id) {
    return runtime.models().stream().filter(m -> m.id().equals(id)).findFirst().orElseThrow();
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  static InferenceException failure(CompletionStage<?> stage) {
    ExecutionException thrown = assertThrows(ExecutionException.class, () -> get(stage));
    return (InferenceException) thrown.getCause();
  }

  static <T> InferenceException failure(Outcome<T> outcome) {
    return ((Outcome.Failure<T>) outcome).error();
  }

  static EmbedRequest embedRequest(String model, InferenceInput... inputs) {
    return new EmbedRequest(model, List.of(inputs), Purpose.SEARCH, Deadline.after(PATIENCE));
  }

  static EmbedResponse embed(LocalRuntime runtime, String model, InferenceInput... inputs)
      throws Exception {
    return get(runtime.inference().embed(embedRequest(model, inputs)));
  }

  static float[] vector(LocalRuntime runtime, String model, InferenceInput input) throws Exception {
    return embed(runtime, model, input).results().get(0).orThrow().single();
  }

  static MatchRequest matchRequest(String model, InferenceInput query, InferenceInput... inputs) {
    return new MatchRequest(
        model, query, List.of(inputs), Purpose.RERANK, Deadline.after(PATIENCE));
  }

  static MatchResponse match(
      LocalRuntime runtime, String model, InferenceInput query, InferenceInput... inputs)
      throws Exception {
    return get(runtime.inference().match(matchRequest(model, query, inputs)));
  }

  static List<Outcome<List<Caption>>> captions(
      LocalRuntime runtime, String model, List<InferenceInput.Image> images, CaptionOptions options)
      throws Exception {
    CaptionRequest request =
        new CaptionRequest(model, images, options, Purpose.CAPTION, Deadline.after(PATIENCE));
    return get(runtime.inference().caption(request)).results();
  }

  static InferenceInput.Text text(String value) {
    return new InferenceInput.Text(value);
  }

  static InferenceInput.Image image(String file) throws Exception {
    return InferenceInput.Image.of(
        java.nio.file.Files.readAllBytes(Golden.FIXTURES.resolve("images").resolve(file)));
  }

  static double cosine(float[] a, float[] b) {
    double dot = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
    }
    return dot;
  }

  static double largestDifference(float[] a, float[] b) {
    assertEquals(a.length, b.length);
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  static float[] single(Outcome<Embedding> outcome) {
    return outcome.orThrow().single();
  }
}
