package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.model.FeatureDisk;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.scheduler.ManualExecutor;

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

  @TempDir private Path folder;
  private final Counted heap = new Counted();

  private LocalRuntime runtime() {
    return track(
        LocalRuntime.open(List.of(Golden.FIXTURES), limits(), null, heap, preparing, inferring));
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

  /** A disk that is slower than the encoder costs a bounded amount of heap, which is counted. */
  @Test
  void featuresThatWaitForTheDiskAreBoundedAndCounted() throws Exception {
    ManualExecutor writer = new ManualExecutor();
    FeatureFiles files = FeatureFiles.open(folder, 1L << 30, Storage.FLOAT16);
    FeatureDisk disk = new FeatureDisk(files, writer, heap);
    ImageFeatures features =
        new ImageFeatures(null, new ImageFeatures.Tokens(new float[1 << 18], 1, 1 << 18));
    for (int i = 0; i < 300; i++) {
      disk.keep(Digest.sha256(new byte[0]), Digest.sha256(new byte[] {(byte) i, 1}), features);
    }
    assertEquals(1, writer.waiting(), "one write at a time");
    assertEquals(64L << 20, disk.waitingBytes());
    assertEquals(disk.waitingBytes(), heap.used);
    heap.limit = heap.used;
    writer.runAll();
    assertEquals(64, files.stats().entries());
    assertEquals(0, disk.waitingBytes() + heap.used);
    heap.limit = 1;
    disk.keep(Digest.sha256(new byte[0]), Digest.sha256(new byte[] {2}), features);
    assertEquals(0, writer.waiting(), "no heap, no write");
    writer.capacity(0);
    heap.limit = Long.MAX_VALUE;
    disk.keep(Digest.sha256(new byte[0]), Digest.sha256(new byte[] {2}), features);
    assertEquals(0, disk.waitingBytes() + heap.used, "no thread, no write");
  }

  /** Tokens that a request holds stay counted after the cache has dropped them. */
  @Test
  void cachedTokensOfARequestAreCounted() throws Exception {
    LocalRuntime runtime = runtime();
    InferenceInput.Image cat = image("emoji-cat.png");
    get(manually(runtime.inference().match(matchRequest(BLIP, text("a cat"), cat))));
    long cached = runtime.stats().features().bytes();
    CompletionStage<MatchResponse> answer =
        runtime.inference().match(matchRequest(BLIP, text("a cat"), cat));
    long used = heap.used;
    CompletionStage<ModelStatus> unloaded = runtime.unload(BLIP); // forgets what it cached
    assertEquals(0, runtime.stats().features().bytes());
    assertTrue(heap.used > 0 && used - heap.used < cached, "held: " + heap.used + " of " + used);
    get(manually(answer));
    get(unloaded);
    assertEquals(0, heap.used);
  }

  private <T> CompletionStage<T> manually(CompletionStage<T> stage) {
    runAll();
    return stage;
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
