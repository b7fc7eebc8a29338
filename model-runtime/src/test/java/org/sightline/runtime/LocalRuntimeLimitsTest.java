package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.sightline.inference.Deadline;
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.InferenceException;
import org.sightline.inference.InferenceException.Kind;
import org.sightline.inference.Purpose;
import org.sightline.inference.Role;
import org.sightline.runtime.ModelStatus.State;
import org.sightline.runtime.RuntimeStats.Stage;

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
            + " [search], allowed are 3, the request has 2",
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
}
