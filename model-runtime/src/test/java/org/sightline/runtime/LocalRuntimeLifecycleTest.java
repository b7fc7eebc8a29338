package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.LoadBounds;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.ModelStatus.State;
import org.sightline.runtime.scheduler.ManualExecutor;

/** Loading and unloading, with requests under way and with bundles that are broken. */
class LocalRuntimeLifecycleTest extends RuntimeTestCase {
  @TempDir private Path folder;

  @Test
  void unloadWaitsForRequestsAndFreesEverything() throws Exception {
    LocalRuntime runtime = manual(limits());
    CompletionStage<EmbedResponse> answer =
        runtime.inference().embed(embedRequest(CLIP, text("a")));
    preparing.runAll();
    assertEquals(State.LOADED, state(runtime, CLIP));
    assertEquals(1, runtime.openLeases());
    CompletableFuture<ModelStatus> unloaded = runtime.unload(CLIP).toCompletableFuture();
    assertEquals(State.AVAILABLE, state(runtime, CLIP));
    assertFalse(unloaded.isDone());
    CompletionStage<EmbedResponse> next = runtime.inference().embed(embedRequest(CLIP, text("b")));
    assertEquals(0, preparing.waiting(), "the old model's memory comes first");
    assertEquals(State.LOADING, state(runtime, CLIP));
    inferring.runAll();
    assertEquals(1, get(answer).results().size());
    assertTrue(unloaded.isDone());
    runAll();
    assertEquals(1, get(next).results().size());
    assertEquals(State.LOADED, state(runtime, CLIP));
    runtime.close();
    InferenceException closed = failure(runtime.inference().embed(embedRequest(CLIP, text("b"))));
    assertEquals(Kind.MODEL_UNAVAILABLE, closed.kind());
    assertEquals("model [tiny-clip] cannot be used: the runtime is closed", closed.getMessage());
  }

  @Test
  void loadIsIdempotent() throws Exception {
    LocalRuntime runtime = manual(limits());
    CompletionStage<ModelStatus> first = runtime.load(CLIP);
    CompletionStage<ModelStatus> second = runtime.load(CLIP);
    assertEquals(State.LOADING, state(runtime, CLIP));
    assertEquals(1, preparing.waiting());
    runAll();
    assertEquals(State.LOADED, get(first).state());
    assertEquals(State.LOADED, get(second).state());
    assertEquals(State.LOADED, get(runtime.load(CLIP)).state());
    assertEquals(0, preparing.waiting());
    assertEquals(State.AVAILABLE, get(runtime.unload(CLIP)).state());
    assertEquals(State.AVAILABLE, get(runtime.unload(CLIP)).state());
    assertEquals(Kind.UNKNOWN_MODEL, failure(runtime.load("clip")).kind());
    assertEquals(Kind.UNKNOWN_MODEL, failure(runtime.unload("clip")).kind());
    runtime.close();
  }

  /** A tokenizer cannot be stopped: the thread is lost, and only that. */
  @Test
  void aLoadThatDoesNotEndIsGivenUpAndNotTriedAgain() throws Exception {
    ManualExecutor loading = new ManualExecutor();
    LocalRuntime runtime =
        track(
            LocalRuntime.open(
                List.of(Golden.FIXTURES),
                limits(),
                null,
                HeapAccount.NONE,
                preparing,
                inferring,
                preparing,
                new LoadBounds(loading, Duration.ofMillis(20))));
    CompletionStage<EmbedResponse> waiting =
        runtime.inference().embed(embedRequest(CLIP, text("a")));
    CompletionStage<ModelStatus> load = runtime.load(CLIP);
    assertEquals(State.LOADING, state(runtime, CLIP));
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (state(runtime, CLIP) == State.LOADING && System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
    String reason =
        "loading it did not end within [0.02] s and is not tried again; runs of its graphs are ended,"
            + " anything else keeps a thread, and its memory, until it ends or the node restarts";
    assertEquals(reason, status(runtime, CLIP).reason());
    InferenceException late = failure(load);
    assertEquals(Kind.DEADLINE_EXCEEDED, late.kind());
    assertEquals("model [tiny-clip] cannot be used: " + reason, late.getMessage());
    assertEquals(Kind.DEADLINE_EXCEEDED, failure(waiting).kind());
    assertEquals(
        Kind.MODEL_UNAVAILABLE,
        failure(runtime.inference().embed(embedRequest(CLIP, text("b")))).kind());
    assertEquals(State.FAILED, get(runtime.load(CLIP)).state());
    assertEquals(1, loading.waiting(), "it is not loaded a second time meanwhile");
    assertTrue(runtime.stats().memory().taken() > 0, "it still has its memory");

    loading.runAll();
    assertEquals(State.FAILED, state(runtime, CLIP), "nobody waits for it any more");
    assertEquals(0, runtime.stats().memory().taken());
    CompletionStage<ModelStatus> again = runtime.load(CLIP);
    loading.runAll();
    assertEquals(State.LOADED, get(again).state());
  }

  @Test
  void brokenBundlesAreListedAndTheOthersWork() throws Exception {
    copy(CLIP);
    Files.writeString(copy(BLIP).resolve("model.json"), "{}");
    LocalRuntime runtime = open(limits(), folder);
    ModelStatus broken = status(runtime, BLIP);
    assertEquals(ModelStatus.broken(BLIP, "[format_version] is missing"), broken);
    assertEquals("[tiny-clip]", runtime.catalog().ids().toString());
    InferenceException error = failure(runtime.inference().embed(embedRequest(BLIP, text("x"))));
    assertEquals(Kind.MODEL_UNAVAILABLE, error.kind());
    assertEquals(
        "model [tiny-blip] cannot be used: [format_version] is missing", error.getMessage());
    assertEquals(broken, get(runtime.load(BLIP)));
    assertEquals(16, vector(runtime, CLIP, text("x")).length);
  }

  @Test
  void aModelThatFailedToLoadIsTriedAgainOnRequest() throws Exception {
    Path clip = copy(CLIP);
    Path image = clip.resolve("image.onnx");
    byte[] graph = Files.readAllBytes(image);
    Files.delete(image);
    LocalRuntime runtime = open(limits(), folder);
    InferenceException error = failure(runtime.inference().embed(embedRequest(CLIP, text("x"))));
    assertEquals(Kind.MODEL_UNAVAILABLE, error.kind());
    assertEquals(
        "model [tiny-clip] cannot be used: the file [image.onnx] is missing", error.getMessage());
    assertEquals(State.FAILED, state(runtime, CLIP));
    assertEquals("the file [image.onnx] is missing", status(runtime, CLIP).reason());
    assertEquals("the file [image.onnx] is missing", get(runtime.load(CLIP)).reason());
    Files.write(image, graph);
    assertEquals(
        Kind.MODEL_UNAVAILABLE,
        failure(runtime.inference().embed(embedRequest(CLIP, text("x")))).kind());
    assertEquals(State.LOADED, get(runtime.load(CLIP)).state());
    assertEquals(16, vector(runtime, CLIP, text("x")).length);
  }

  private Path copy(String id) throws IOException {
    Path target = Files.createDirectories(folder.resolve(id));
    try (Stream<Path> files = Files.list(Golden.FIXTURES.resolve(id))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  /** Requests and unloads race: every request is answered once, and nothing stays open. */
  @Test
  void survivesUnloadsUnderLoad() throws Exception {
    LocalRuntime runtime = open(limits().withCaches(1 << 20, 0));
    float[] expected = vector(runtime, CLIP, text("red heart"));
    AtomicInteger answered = new AtomicInteger();
    List<FutureTask<Void>> callers = new ArrayList<>();
    for (int caller = 0; caller < 3; caller++) {
      callers.add(
          new FutureTask<>(
              () -> {
                for (int i = 0; i < 60; i++) {
                  EmbedResponse response = embed(runtime, CLIP, text("red heart"), text("b"));
                  Outcome<Embedding> first = response.results().get(0);
                  assertEquals(0, largestDifference(expected, single(first)), 1e-5);
                  answered.incrementAndGet();
                }
                return null;
              }));
    }
    callers.forEach(caller -> Thread.ofPlatform().start(caller));
    for (int i = 0; i < 10; i++) {
      assertEquals(CLIP, get(runtime.unload(CLIP)).id());
    }
    for (FutureTask<Void> caller : callers) {
      caller.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    assertEquals(180, answered.get());
  }
}
