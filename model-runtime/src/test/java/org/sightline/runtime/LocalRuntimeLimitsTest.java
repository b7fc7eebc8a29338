package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.ModelStatus.State;
import org.sightline.runtime.stats.RuntimeStats.Stage;

/** What is refused, and that a refusal costs nothing else. */
class LocalRuntimeLimitsTest extends RuntimeTestCase {
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
        "the queue of [text_embedding] of model [tiny-clip] is full: 2 inputs wait for"
            + " [search], allowed are 3 [sightline.inference.queue_size], the request has 2",
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

  /** Pictures are weighed by what their headers say; one too many of two is refused with both. */
  @Test
  void pixelsOfWaitingImagesAreBounded() throws Exception {
    InferenceInput.Image grey = image("grey-120x77.png");
    InferenceInput.Image cat = image("emoji-cat.png");
    LocalRuntime runtime =
        manual(limits().withQueueLimits(new QueueLimits(100, 14_000, 1000, 100, 1000)));
    CompletionStage<EmbedResponse> first = runtime.inference().embed(embedRequest(CLIP, grey));
    preparing.runOne(); // loads; the image is queued
    assertEquals(120 * 77, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).queueWork());
    assertEquals(14_000, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).queueWorkLimit());
    InferenceException full = failure(runtime.inference().embed(embedRequest(CLIP, cat, grey)));
    assertEquals(
        "the queue of [image_embedding] of model [tiny-clip] is full: 9240 pixels wait for"
            + " [search], allowed are 14000 [sightline.inference.queue.image_pixels], the request"
            + " has 13336",
        full.getMessage());
    CompletionStage<EmbedResponse> second = runtime.inference().embed(embedRequest(CLIP, cat));
    runAll();
    assertEquals(2, get(first).results().size() + get(second).results().size());
    assertEquals(0, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).queueWork());
    assertEquals(2, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).waits().count());
    runtime.close();
  }

  /** A text is charged with what it may have, and with what it has once that is known. */
  @Test
  void tokensOfWaitingTextsAreBounded() throws Exception {
    LocalRuntime runtime =
        manual(limits().withQueueLimits(new QueueLimits(100, 14_000, 1000, 100, 1000)));
    CompletionStage<EmbedResponse> cat =
        runtime.inference().embed(embedRequest(BLIP, text("a red heart")));
    preparing.runOne(); // loads; the text is queued
    long charged = runtime.stats().roles().get(Role.TEXT_EMBEDDING).queueWork();
    preparing.runAll();
    long known = runtime.stats().roles().get(Role.TEXT_EMBEDDING).queueWork();
    assertTrue(known >= 5 && known < charged, "charged " + charged + ", then " + known);
    assertEquals(1, runtime.stats().roles().get(Role.TEXT_EMBEDDING).queueDepth());
    runAll();
    assertEquals(1, get(cat).results().size());
    assertEquals(0, runtime.stats().roles().get(Role.TEXT_EMBEDDING).queueWork());
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

  /** Pairs that wait while the deadline passes: their sides were made, they do not run. */
  private static CompletionStage<MatchResponse> matchTwo(LocalRuntime runtime, Deadline deadline)
      throws Exception {
    return runtime
        .inference()
        .match(
            new MatchRequest(
                BLIP,
                text("a cat"),
                List.of(image("emoji-cat.png"), image("emoji-heart.png")),
                Purpose.RERANK,
                deadline));
  }

  @Test
  void cancelledRequestsDoNotRun() throws Exception {
    LocalRuntime runtime = manual(limits());
    get(manuallyLoaded(runtime, BLIP));
    Deadline deadline = Deadline.after(PATIENCE);
    CompletionStage<MatchResponse> cancelled = matchTwo(runtime, deadline);
    runUntilWaiting(runtime, Role.MATCHING, 2);
    deadline.abandon();
    runAll();
    InferenceException failure = failure(cancelled);
    assertEquals(Kind.CANCELLED, failure.kind());
    assertEquals("the request was cancelled before inference began", failure.getMessage());
    assertEquals(0, runtime.stats().roles().get(Role.MATCHING).inputs());
    runtime.close();
  }

  @Test
  void expiredPairsDoNotRun() throws Exception {
    LocalRuntime runtime = manual(limits());
    get(manuallyLoaded(runtime, BLIP));
    Deadline deadline = Deadline.after(Duration.ofSeconds(4));
    CompletionStage<MatchResponse> late = matchTwo(runtime, deadline);
    runUntilWaiting(runtime, Role.MATCHING, 2);
    while (!deadline.expired()) {
      Thread.onSpinWait();
    }
    runAll();
    assertExpired(runtime, failure(late), Role.MATCHING);
    assertEquals(2, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).inputs());
    runtime.close();
  }

  @Test
  void expiredImagesAndCaptionsDoNotRun() throws Exception {
    LocalRuntime runtime = manual(limits(), GoldenTest.folder("tiny-blip-captioner"));
    get(manuallyLoaded(runtime, "tiny-blip-captioner"));
    Deadline deadline = Deadline.after(Duration.ofSeconds(4));
    CompletionStage<CaptionResponse> late =
        runtime
            .inference()
            .caption(
                new CaptionRequest(
                    "tiny-blip-captioner",
                    List.of(image("emoji-cat.png")),
                    CaptionOptions.DEFAULTS,
                    Purpose.CAPTION,
                    deadline));
    runUntilWaiting(runtime, Role.CAPTION_DECODER, 1);
    while (!deadline.expired()) {
      Thread.onSpinWait();
    }
    runAll();
    assertExpired(runtime, failure(late), Role.CAPTION_DECODER);
    assertEquals(1, runtime.stats().roles().get(Role.IMAGE_TOKENS).inputs());
    long decoded = runtime.stats().stages().get(Stage.DECODE).count();
    CompletionStage<CaptionResponse> never =
        runtime
            .inference()
            .caption(
                new CaptionRequest(
                    "tiny-blip-captioner",
                    List.of(image("emoji-heart.png")),
                    CaptionOptions.DEFAULTS,
                    Purpose.CAPTION,
                    Deadline.after(Duration.ofNanos(1))));
    runAll();
    assertExpired(runtime, failure(never), Role.CAPTION_DECODER);
    assertEquals(1, runtime.stats().roles().get(Role.IMAGE_TOKENS).inputs());
    assertEquals(decoded, runtime.stats().stages().get(Stage.DECODE).count());
    runtime.close();
  }

  private CompletionStage<ModelStatus> manuallyLoaded(LocalRuntime runtime, String model) {
    CompletionStage<ModelStatus> loaded = runtime.load(model);
    preparing.runAll();
    return loaded;
  }

  /** Runs everything but the batch of a role, whose jobs are ready then. */
  private void runUntilWaiting(LocalRuntime runtime, Role role, int inputs) {
    boolean sidesAreMade = false;
    while (!sidesAreMade) {
      preparing.runAll();
      assertTrue(inferring.runOne(), "something is left to run");
      preparing.runAll();
      Role images =
          runtime.stats().roles().get(Role.IMAGE_EMBEDDING).inputs() > 0
              ? Role.IMAGE_EMBEDDING
              : Role.IMAGE_TOKENS;
      boolean text =
          role != Role.MATCHING || runtime.stats().roles().get(Role.TEXT_EMBEDDING).inputs() > 0;
      sidesAreMade = runtime.stats().roles().get(images).inputs() == inputs && text;
    }
    assertEquals(inputs, runtime.stats().roles().get(role).queueDepth());
    assertEquals(0, runtime.stats().roles().get(role).batches());
  }

  private static void assertExpired(LocalRuntime runtime, InferenceException expired, Role role) {
    assertEquals(Kind.DEADLINE_EXCEEDED, expired.kind());
    assertEquals(0, runtime.stats().roles().get(role).batches());
    for (Role each : Role.values()) {
      assertEquals(0, runtime.stats().roles().get(each).queueDepth(), each.id());
      assertEquals(0, runtime.stats().roles().get(each).queueWork(), each.id());
    }
    assertEquals(0, runtime.openLeases());
  }
}
