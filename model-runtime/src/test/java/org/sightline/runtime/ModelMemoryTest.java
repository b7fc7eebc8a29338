package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.ModelStatus.State;
import org.sightline.runtime.stats.RuntimeStats;

/** Two models of which not both have room. */
class ModelMemoryTest extends RuntimeTestCase {

  private static long bytes(LocalRuntime runtime, String model) {
    return status(runtime, model).bundleBytes();
  }

  /** Room for the larger of the two, and not for both. */
  private LocalRuntime tight() {
    LocalRuntime probe = open(limits());
    long room = Math.max(bytes(probe, CLIP), bytes(probe, BLIP)) + 1;
    return open(limits().withModelBytes(room));
  }

  @Test
  void theLongestUnusedMakesRoom() throws Exception {
    LocalRuntime runtime = tight();
    long room = Math.max(bytes(runtime, CLIP), bytes(runtime, BLIP)) + 1;
    assertEquals(new RuntimeStats.Memory(0, room, 0), runtime.stats().memory());
    float[] first = vector(runtime, CLIP, text("a cat"));
    assertEquals(new RuntimeStats.Memory(bytes(runtime, CLIP), room, 0), runtime.stats().memory());
    assertEquals(State.LOADED, state(runtime, CLIP));
    vector(runtime, BLIP, text("a cat"));
    assertEquals(State.AVAILABLE, state(runtime, CLIP));
    assertEquals(State.LOADED, state(runtime, BLIP));
    assertEquals(0, largestDifference(first, vector(runtime, CLIP, text("a cat"))));
    assertEquals(State.AVAILABLE, state(runtime, BLIP));
    assertEquals(new RuntimeStats.Memory(bytes(runtime, CLIP), room, 2), runtime.stats().memory());
  }

  @Test
  void aModelInUseIsUnloadedWhenItsRequestsEnd() throws Exception {
    LocalRuntime probe = open(limits());
    long room = Math.max(bytes(probe, CLIP), bytes(probe, BLIP)) + 1;
    LocalRuntime runtime = manual(limits().withModelBytes(room));
    CompletionStage<EmbedResponse> clip =
        runtime.inference().embed(embedRequest(CLIP, text("a cat")));
    preparing.runOne(); // loads; the text is queued
    assertEquals(State.LOADED, state(runtime, CLIP));
    CompletionStage<EmbedResponse> blip =
        runtime.inference().embed(embedRequest(BLIP, text("a cat")));
    assertEquals(State.LOADING, state(runtime, BLIP));
    runAll();
    assertEquals(1, get(clip).results().size(), "the request that was there first is served");
    assertEquals(1, get(blip).results().size());
    assertEquals(State.AVAILABLE, state(runtime, CLIP));
    assertEquals(0, runtime.openLeases());
    runtime.close();
  }

  @Test
  void aModelThatNeedsMoreThanThereIsFails() throws Exception {
    LocalRuntime runtime = open(limits().withModelBytes(1000));
    InferenceException refused =
        failure(runtime.inference().embed(embedRequest(CLIP, text("a cat"))));
    assertEquals(Kind.MODEL_UNAVAILABLE, refused.kind());
    String reason =
        "model [tiny-clip] needs ["
            + bytes(runtime, CLIP)
            + "] bytes, allowed are [1000] for all models together";
    assertEquals(reason, refused.getMessage());
    assertEquals(State.FAILED, state(runtime, CLIP));
    assertEquals(reason, status(runtime, CLIP).reason());
  }

  @Test
  void modelsThatAreBeingLoadedAreNotPushedOut() throws Exception {
    LocalRuntime probe = open(limits());
    long room = Math.max(bytes(probe, CLIP), bytes(probe, BLIP)) + 1;
    LocalRuntime runtime = manual(limits().withModelBytes(room));
    CompletionStage<EmbedResponse> clip =
        runtime.inference().embed(embedRequest(CLIP, text("a cat")));
    InferenceException refused =
        failure(runtime.inference().embed(embedRequest(BLIP, text("a cat"))));
    assertEquals(Kind.OVERLOADED, refused.kind());
    assertTrue(
        refused.getMessage().endsWith("and other models are being loaded"), refused.getMessage());
    assertEquals(State.AVAILABLE, state(runtime, BLIP));
    assertNull(status(runtime, BLIP).reason());
    runAll();
    assertEquals(1, get(clip).results().size());
    CompletionStage<EmbedResponse> again =
        runtime.inference().embed(embedRequest(BLIP, text("a cat")));
    runAll();
    assertEquals(1, get(again).results().size());
    runtime.close();
  }

  @Test
  void aPreloadUnloadsNothing() throws Exception {
    LocalRuntime runtime = tight();
    assertEquals(State.LOADED, get(runtime.preload(CLIP)).state());
    assertEquals(State.AVAILABLE, get(runtime.preload(BLIP)).state());
    assertEquals(State.LOADED, state(runtime, CLIP));
    assertEquals(0, runtime.stats().memory().evictions());
    assertEquals(State.LOADED, get(runtime.preload(CLIP)).state(), "a second time is nothing");
  }

  /** Requests that come during the warm-up are served before it. */
  @Test
  void nobodyWaitsForTheWarmUpOfAPreload() throws Exception {
    LocalRuntime runtime = manual(limits());
    CompletionStage<ModelStatus> preloaded = runtime.preload(CLIP);
    preparing.runOne();
    assertEquals(State.LOADED, state(runtime, CLIP));
    assertFalse(preloaded.toCompletableFuture().isDone());
    runAll();
    assertEquals(State.LOADED, get(preloaded).state());
    get(runtime.unload(CLIP)); // it holds no reference any more
  }
}
