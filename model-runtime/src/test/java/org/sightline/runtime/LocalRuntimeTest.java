package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.inference.Deadline;
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.Embedding;
import org.sightline.inference.InferenceException;
import org.sightline.inference.InferenceException.Kind;
import org.sightline.inference.InferenceInput;
import org.sightline.inference.MatchResponse;
import org.sightline.inference.Outcome;
import org.sightline.inference.Purpose;
import org.sightline.inference.Role;
import org.sightline.runtime.ModelStatus.State;
import org.sightline.runtime.RuntimeStats.Stage;

class LocalRuntimeTest extends RuntimeTestCase {
  private static final String CLIP = "tiny-clip";
  private static final String BLIP = "tiny-blip";

  @TempDir private Path folder;

  private final ManualExecutor preparing = new ManualExecutor();
  private final ManualExecutor inferring = new ManualExecutor();

  /** A runtime whose work happens when the test says so. */
  private LocalRuntime manual(RuntimeLimits limits) {
    LocalRuntime runtime =
        LocalRuntime.open(List.of(Golden.FIXTURES), limits, preparing, inferring);
    return runtime;
  }

  private void runAll() {
    while (preparing.waiting() + inferring.waiting() > 0) {
      preparing.runAll();
      inferring.runAll();
    }
  }

  private static State state(LocalRuntime runtime, String id) {
    return status(runtime, id).state();
  }

  private static ModelStatus status(LocalRuntime runtime, String id) {
    return runtime.models().stream().filter(m -> m.id().equals(id)).findFirst().orElseThrow();
  }

  @Test
  void knowsModelsWithoutLoadingThem() {
    LocalRuntime runtime = open(limits());
    assertEquals("[tiny-blip, tiny-clip]", runtime.catalog().ids().toString());
    assertEquals(16, runtime.catalog().require(CLIP).dimensions());
    assertTrue(runtime.catalog().require(BLIP).has(Role.MATCHING));
    ModelStatus clip = status(runtime, CLIP);
    assertEquals(State.AVAILABLE, clip.state());
    assertNull(clip.reason());
    assertEquals(111463 + 112176 + 5301, clip.bundleBytes());
  }

  @Test
  void aBatchEqualsItsInputsOneByOne() throws Exception {
    LocalRuntime runtime = open(limits().withCaches(0, 0));
    List<InferenceInput> inputs = new ArrayList<>();
    for (String file : List.of("emoji-cat.png", "scene-91x17.png", "grey-120x77.png")) {
      inputs.add(image(file));
    }
    for (String value : List.of("", "red heart", "a very long text ".repeat(20), "猫")) {
      inputs.add(text(value));
    }
    EmbedResponse together = embed(runtime, BLIP, inputs.toArray(InferenceInput[]::new));
    assertEquals(7, together.results().size());
    assertEquals(16, together.dimensions());
    for (int i = 0; i < inputs.size(); i++) {
      float[] alone = vector(runtime, BLIP, inputs.get(i));
      assertEquals(0, largestDifference(alone, single(together.results().get(i))), 1e-5, "" + i);
      assertEquals(1, cosine(alone, alone), 1e-5);
    }
  }

  @Test
  void requestsShareBatches() throws Exception {
    LocalRuntime runtime = manual(limits());
    List<CompletionStage<EmbedResponse>> answers = new ArrayList<>();
    for (String value : List.of("red", "heart", "cat")) {
      answers.add(runtime.inference().embed(embedRequest(CLIP, text(value))));
    }
    runAll();
    RuntimeStats.RoleStats texts = runtime.stats().roles().get(Role.TEXT_EMBEDDING);
    assertEquals(1, texts.batches());
    assertEquals(3, texts.inputs());
    assertEquals(List.of(0L, 1L, 0L, 0L, 0L, 0L), texts.batchSizes());
    assertEquals(0, texts.queueDepth());
    assertEquals(2048, texts.queueLimit());
    assertEquals(
        1, cosine(single(get(answers.get(0)).results().get(0)), vectorOf(runtime, "red")), 1e-5);
    runtime.close();
  }

  private float[] vectorOf(LocalRuntime runtime, String value) throws Exception {
    CompletionStage<EmbedResponse> answer =
        runtime.inference().embed(embedRequest(CLIP, text(value)));
    runAll();
    return single(get(answer).results().get(0));
  }

  @Test
  void badInputsFailAlone() throws Exception {
    LocalRuntime runtime = open(limits());
    byte[] cat = Files.readAllBytes(Golden.FIXTURES.resolve("images/emoji-cat.png"));
    EmbedResponse response =
        embed(
            runtime,
            CLIP,
            image("emoji-cat.png"),
            InferenceInput.Image.of("text".getBytes(StandardCharsets.UTF_8)),
            text("red heart"),
            InferenceInput.Image.of(Arrays.copyOf(cat, cat.length / 2)));
    assertEquals(4, response.results().size());
    assertEquals(
        1,
        cosine(vector(runtime, CLIP, image("emoji-cat.png")), single(response.results().get(0))),
        1e-5);
    InferenceException noImage = failure(response.results().get(1));
    assertEquals(Kind.INVALID_INPUT, noImage.kind());
    assertEquals(
        "is not an image: 4 bytes, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF",
        noImage.getMessage());
    assertEquals(16, single(response.results().get(2)).length);
    InferenceException truncated = failure(response.results().get(3));
    assertEquals(Kind.INVALID_INPUT, truncated.kind());
    assertEquals(
        "is a damaged or unsupported PNG image: Error reading PNG image data",
        truncated.getMessage());
    assertEquals(2, runtime.stats().failures());
  }

  @Test
  void textsOfAnyLengthAreValid() throws Exception {
    LocalRuntime runtime = open(limits());
    float[] empty = vector(runtime, CLIP, text(""));
    float[] endless = vector(runtime, CLIP, text("word ".repeat(10_000)));
    assertEquals(1, cosine(empty, empty), 1e-5);
    assertEquals(1, cosine(endless, endless), 1e-5);
    assertEquals(1, cosine(endless, vector(runtime, CLIP, text("word ".repeat(40)))), 1e-5);
  }

  @Test
  void imagesOfAnyShapeAreValid() throws Exception {
    LocalRuntime runtime = open(limits());
    for (int[] size : new int[][] {{1, 1}, {1, 60_000}, {60_000, 1}}) {
      BufferedImage image = new BufferedImage(size[0], size[1], BufferedImage.TYPE_INT_RGB);
      image.setRGB(0, 0, 0xFF8000);
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      ImageIO.write(image, "png", new MemoryCacheImageOutputStream(png));
      for (String model : List.of(CLIP, BLIP)) {
        float[] vector = vector(runtime, model, InferenceInput.Image.of(png.toByteArray()));
        assertEquals(1, cosine(vector, vector), 1e-5);
      }
    }
  }

  @Test
  void imagesBeyondTheLimitsFailFromTheirHeader() throws Exception {
    LocalRuntime runtime = open(limits().withImage(4000, 1000));
    EmbedResponse response = embed(runtime, CLIP, image("emoji-cat.png"), image("grey-120x77.png"));
    assertEquals(
        "has 64 x 64 pixels, allowed are at most 1000 pixels",
        failure(response.results().get(0)).getMessage());
    assertEquals(
        "has 5509 bytes, allowed are at most 4000",
        failure(response.results().get(1)).getMessage());
    assertEquals(0, runtime.stats().stages().get(Stage.DECODE).count());
  }

  @Test
  void requestsThatCannotBeServed() throws Exception {
    LocalRuntime runtime = open(limits().withQueues(3, 10, 2));
    InferenceException unknown =
        failure(runtime.inference().embed(embedRequest("clip", text("x"))));
    assertEquals(Kind.UNKNOWN_MODEL, unknown.kind());
    assertEquals(
        "model [clip] does not exist, expected one of [tiny-blip, tiny-clip]",
        unknown.getMessage());
    InferenceException unsupported =
        failure(runtime.inference().match(matchRequest(CLIP, text("x"), image("emoji-cat.png"))));
    assertEquals(Kind.UNSUPPORTED, unsupported.kind());
    assertEquals(
        "model [tiny-clip] has no role [matching], it has [image_embedding, text_embedding]",
        unsupported.getMessage());
    InferenceException none = failure(runtime.inference().embed(embedRequest(CLIP)));
    assertEquals("[input] must have 1 to 3 inputs, got [0]", none.getMessage());
    assertEquals(Kind.INVALID_INPUT, none.kind());
    InferenceException many =
        failure(
            runtime
                .inference()
                .embed(embedRequest(CLIP, text("1"), text("2"), text("3"), text("4"))));
    assertEquals("[input] must have 1 to 3 inputs, got [4]", many.getMessage());
    assertEquals(State.AVAILABLE, state(runtime, CLIP));
    assertEquals(4, runtime.stats().requests());
    assertEquals(0, runtime.stats().rejections());
  }

  @Test
  void aFullQueueRefusesTheWholeRequest() throws Exception {
    LocalRuntime runtime = manual(limits().withQueues(10, 3, 2));
    CompletionStage<EmbedResponse> first =
        runtime.inference().embed(embedRequest(CLIP, text("a"), text("b")));
    preparing.runOne(); // loads; the texts are queued
    InferenceException full =
        failure(
            runtime
                .inference()
                .embed(embedRequest(CLIP, image("emoji-cat.png"), text("c"), text("d"))));
    assertEquals(Kind.OVERLOADED, full.kind());
    assertEquals(
        "the queue of [text_embedding] of model [tiny-clip] is full: 2 inputs wait, allowed are 3,"
            + " the request has 2",
        full.getMessage());
    assertEquals(0, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).queueDepth());
    assertEquals(2, runtime.stats().roles().get(Role.TEXT_EMBEDDING).queueDepth());
    assertEquals(1, runtime.openLeases());
    runAll();
    assertEquals(2, get(first).results().size());
    assertEquals(0, runtime.openLeases());
    assertEquals(1, runtime.stats().rejections());
    runtime.close();
  }

  @Test
  void aFullPoolRefusesRequestsAndRecovers() throws Exception {
    LocalRuntime runtime = manual(limits());
    preparing.capacity(0);
    InferenceException noLoad = failure(runtime.inference().embed(embedRequest(CLIP, text("a"))));
    assertEquals(Kind.OVERLOADED, noLoad.kind());
    assertEquals("the pool for loading models is full, model [tiny-clip]", noLoad.getMessage());
    assertEquals(State.AVAILABLE, state(runtime, CLIP));
    preparing.capacity(10);
    inferring.capacity(0);
    CompletionStage<EmbedResponse> answer =
        runtime.inference().embed(embedRequest(CLIP, text("a")));
    preparing.runAll();
    InferenceException noRun = failure(answer);
    assertEquals(Kind.OVERLOADED, noRun.kind());
    assertEquals("the pool for inference is full, model [tiny-clip]", noRun.getMessage());
    inferring.capacity(10);
    assertEquals(16, vectorOf(runtime, "a").length);
    assertEquals(0, runtime.openLeases());
    runtime.close();
  }

  @Test
  void expiredRequestsDoNotRun() throws Exception {
    LocalRuntime runtime = manual(limits());
    CompletionStage<EmbedResponse> late =
        runtime
            .inference()
            .embed(
                new EmbedRequest(
                    CLIP,
                    List.of(text("a"), text("b")),
                    Purpose.SEARCH,
                    Deadline.after(Duration.ofNanos(1))));
    runAll();
    InferenceException expired = failure(late);
    assertEquals(Kind.DEADLINE_EXCEEDED, expired.kind());
    assertTrue(
        expired.getMessage().startsWith("the deadline passed before inference began, "),
        expired.getMessage());
    assertEquals(0, runtime.stats().roles().get(Role.TEXT_EMBEDDING).batches());
    assertEquals(0, runtime.stats().stages().get(Stage.TOKENIZE).count());
    assertEquals(0, runtime.stats().roles().get(Role.TEXT_EMBEDDING).queueDepth());
    assertEquals(0, runtime.openLeases());
    runtime.close();
  }

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

  @Test
  void brokenBundlesAreListedAndTheOthersWork() throws Exception {
    copy(CLIP);
    Files.writeString(copy(BLIP).resolve("model.json"), "{}");
    LocalRuntime runtime = open(limits(), folder);
    ModelStatus broken = status(runtime, BLIP);
    assertEquals(
        new ModelStatus(BLIP, State.FAILED, "[format_version] is missing", null, 0), broken);
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

  @Test
  void imagesByDigestNeedTheCache() throws Exception {
    LocalRuntime runtime = open(limits());
    InferenceInput.Image cat = image("emoji-cat.png");
    InferenceInput.Image byDigest = InferenceInput.Image.reference(cat.digest());
    MatchResponse cold =
        match(runtime, BLIP, text("cat"), byDigest, image("emoji-heart.png"), text("no image"));
    InferenceException required = failure(cold.results().get(0));
    assertEquals(Kind.IMAGE_REQUIRED, required.kind());
    assertEquals(
        "the features of image ["
            + cat.digest()
            + "] are not cached for model [tiny-blip], send its bytes",
        required.getMessage());
    assertTrue(cold.results().get(1) instanceof Outcome.Success);
    InferenceException sameKind = failure(cold.results().get(2));
    assertEquals(Kind.INVALID_INPUT, sameKind.kind());
    assertEquals("is a text like the query, expected an image", sameKind.getMessage());

    MatchResponse warm = match(runtime, BLIP, text("cat"), cat);
    MatchResponse again = match(runtime, BLIP, text("cat"), byDigest);
    assertEquals(warm.results().get(0).orThrow(), again.results().get(0).orThrow());
    float[] embedding = vector(runtime, BLIP, byDigest);
    assertArrayEquals(vector(runtime, BLIP, cat), embedding);

    RuntimeStats stats = runtime.stats();
    assertEquals(1, stats.features().hits());
    assertEquals(3, stats.features().misses());
    assertEquals(2, stats.features().entries());
    assertEquals(2, stats.roles().get(Role.IMAGE_EMBEDDING).inputs());
    get(runtime.unload(BLIP));
    assertEquals(0, runtime.stats().features().entries());
    assertEquals(0, runtime.stats().features().bytes());
    InferenceException query =
        failure(runtime.inference().match(matchRequest(BLIP, byDigest, text("cat"))));
    assertEquals(Kind.IMAGE_REQUIRED, query.kind());
  }

  @Test
  void ingestFillsTheFeatureCacheAndSearchDoesNot() throws Exception {
    LocalRuntime runtime = open(limits());
    get(
        runtime
            .inference()
            .embed(
                new EmbedRequest(
                    BLIP,
                    List.of(image("emoji-cat.png")),
                    Purpose.INGEST,
                    Deadline.after(PATIENCE))));
    embed(runtime, BLIP, image("emoji-heart.png"));
    assertEquals(1, runtime.stats().features().entries());
    MatchResponse response =
        match(
            runtime,
            BLIP,
            text("cat"),
            InferenceInput.Image.reference(image("emoji-cat.png").digest()),
            InferenceInput.Image.reference(image("emoji-heart.png").digest()));
    assertTrue(response.results().get(0) instanceof Outcome.Success);
    assertEquals(Kind.IMAGE_REQUIRED, failure(response.results().get(1)).kind());
    assertEquals(0, runtime.stats().failures(), "asking for the bytes of an image is no failure");
  }

  @Test
  void withoutCachesEverythingIsComputed() throws Exception {
    LocalRuntime runtime = open(limits().withCaches(0, 0));
    for (int i = 0; i < 2; i++) {
      match(runtime, BLIP, text("cat"), image("emoji-cat.png"));
    }
    RuntimeStats stats = runtime.stats();
    assertEquals(2, stats.roles().get(Role.IMAGE_EMBEDDING).inputs());
    assertEquals(2, stats.roles().get(Role.TEXT_EMBEDDING).inputs());
    assertEquals(new RuntimeStats.Cache(0, 0, 0, 0, 0), stats.features());
    assertEquals(new RuntimeStats.Cache(0, 0, 0, 0, 0), stats.texts());
  }

  @Test
  void queriesAreCachedAndDocumentsAreNot() throws Exception {
    LocalRuntime runtime = open(limits());
    float[] first = vector(runtime, CLIP, text("red heart"));
    float[] second = vector(runtime, CLIP, text("red heart"));
    assertArrayEquals(first, second);
    get(
        runtime
            .inference()
            .embed(
                new EmbedRequest(
                    CLIP, List.of(text("title")), Purpose.INGEST, Deadline.after(PATIENCE))));
    RuntimeStats stats = runtime.stats();
    assertEquals(2, stats.roles().get(Role.TEXT_EMBEDDING).inputs());
    assertEquals(new RuntimeStats.Cache(1, 2, 0, 1, 64), stats.texts());
  }

  @Test
  void aMatchLargerThanItsWindowIsAnsweredWhole() throws Exception {
    LocalRuntime runtime = open(limits().withQueues(100, 100, 2).withCaches(0, 0));
    List<InferenceInput> texts = new ArrayList<>();
    for (int i = 0; i < 23; i++) {
      texts.add(text("text number " + i % 4));
    }
    MatchResponse response =
        match(runtime, BLIP, image("emoji-cat.png"), texts.toArray(InferenceInput[]::new));
    assertEquals(23, response.results().size());
    for (int i = 4; i < 23; i++) {
      assertEquals(
          response.results().get(i % 4).orThrow().matchLogit(),
          response.results().get(i).orThrow().matchLogit(),
          1e-4);
    }
    RuntimeStats stats = runtime.stats();
    assertEquals(1, stats.roles().get(Role.IMAGE_EMBEDDING).inputs());
    assertEquals(23, stats.roles().get(Role.MATCHING).inputs());
    for (Role role : Role.values()) {
      assertEquals(0, stats.roles().get(role).queueDepth(), role.id());
    }
  }

  @Test
  void countsWhatHappened() throws Exception {
    LocalRuntime runtime = open(limits());
    embed(runtime, CLIP, image("emoji-cat.png"), image("scene-32x32.bmp"), text("cat"));
    RuntimeStats stats = runtime.stats();
    assertEquals(1, stats.requests());
    assertEquals(3, stats.inputs());
    assertEquals(0, stats.failures());
    assertEquals(2, stats.stages().get(Stage.DECODE).count());
    assertEquals(2, stats.stages().get(Stage.PREPROCESS).count());
    assertEquals(1, stats.stages().get(Stage.TOKENIZE).count());
    assertEquals(3, stats.stages().get(Stage.QUEUE).count());
    long batches =
        stats.roles().get(Role.IMAGE_EMBEDDING).batches()
            + stats.roles().get(Role.TEXT_EMBEDDING).batches();
    assertEquals(batches, stats.stages().get(Stage.INFER).count());
    for (Stage stage : Stage.values()) {
      RuntimeStats.StageStats times = stats.stages().get(stage);
      assertTrue(times.totalNanos() > 0, stage.name());
      assertTrue(times.p50Nanos() <= times.p95Nanos(), stage.name());
      assertTrue(times.p95Nanos() <= times.p99Nanos(), stage.name());
    }
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
