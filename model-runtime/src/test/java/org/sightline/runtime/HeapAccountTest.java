package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.model.ModelStatus;

/** What a runtime says of its heap. */
class HeapAccountTest extends RuntimeTestCase {

  /** Counts, and refuses beyond a limit. */
  private static final class Counted implements HeapAccount {
    private long used;
    private long largest;
    private long limit = Long.MAX_VALUE;

    @Override
    public synchronized void take(long bytes) {
      if (used + bytes > limit) {
        throw new InferenceException(Kind.OVERLOADED, "no heap for " + bytes);
      }
      add(bytes);
    }

    @Override
    public synchronized void add(long bytes) {
      used += bytes;
      largest = Math.max(largest, used);
    }
  }

  private final Counted heap = new Counted();

  private LocalRuntime runtime() {
    return track(
        LocalRuntime.open(
            List.of(Golden.FIXTURES), limits(), null, heap, preparing, inferring, preparing));
  }

  @Test
  void aRequestGivesBackWhatItTookAndCachesKeepTheirs() throws Exception {
    LocalRuntime runtime = runtime();
    InferenceInput.Image cat = image("emoji-cat.png");
    CompletionStage<MatchResponse> answer =
        runtime.inference().match(matchRequest(BLIP, text("a cat"), cat, image("emoji-heart.png")));
    runAll();
    get(answer);
    long cached = runtime.stats().features().bytes() + runtime.stats().texts().bytes();
    assertTrue(cached > 0);
    assertEquals(cached, heap.used);
    long pixels = 2L * 3 * 32 * 32;
    assertTrue(heap.largest >= pixels + cat.bytes().length, "at most " + heap.largest);
    CompletionStage<ModelStatus> unloaded = runtime.unload(BLIP);
    runAll();
    get(unloaded);
    assertEquals(0, heap.used);
    runtime.close();
  }

  @Test
  void aRefusedRequestTakesNothing() throws Exception {
    LocalRuntime runtime = runtime();
    heap.limit = 10;
    CompletionStage<MatchResponse> answer =
        runtime.inference().match(matchRequest(BLIP, text("a cat"), image("emoji-cat.png")));
    runAll();
    InferenceException refused = failure(answer);
    assertEquals(Kind.OVERLOADED, refused.kind());
    assertEquals(0, heap.used);
    assertEquals(0, runtime.openLeases());
    assertEquals(1, runtime.stats().rejections());
    runtime.close();
  }
}
