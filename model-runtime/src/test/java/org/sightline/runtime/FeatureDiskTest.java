package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.LoadBounds;

/** A process that finds what an earlier one has kept. */
class FeatureDiskTest extends RuntimeTestCase {
  @TempDir Path disk;

  /** A runtime that has just started: nothing in memory. Work happens when the test says so. */
  private LocalRuntime start(Storage storage) throws Exception {
    return track(
        LocalRuntime.open(
            List.of(Golden.FIXTURES),
            limits(),
            FeatureFiles.open(disk, 1 << 20, storage),
            HeapAccount.NONE,
            preparing,
            inferring,
            preparing,
            new LoadBounds(preparing, LoadBounds.DEFAULT_TIMEOUT)));
  }

  private MatchScore match(LocalRuntime runtime, InferenceInput.Image image) throws Exception {
    return answer(runtime, image).results().get(0).orThrow();
  }

  private MatchResponse answer(LocalRuntime runtime, InferenceInput.Image image) throws Exception {
    CompletionStage<MatchResponse> answer =
        runtime.inference().match(matchRequest(BLIP, text("a red heart"), image));
    runAll();
    return get(answer);
  }

  private EmbedResponse ingest(LocalRuntime runtime, InferenceInput.Image image) throws Exception {
    CompletionStage<EmbedResponse> answer =
        runtime
            .inference()
            .embed(
                new EmbedRequest(BLIP, List.of(image), Purpose.INGEST, Deadline.after(PATIENCE)));
    runAll();
    return get(answer);
  }

  private static long imagesEncoded(LocalRuntime runtime) {
    return runtime.stats().roles().get(Role.IMAGE_EMBEDDING).inputs();
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void aRerankAfterARestartNeedsNoBytesAndNoEncoder(Storage storage) throws Exception {
    InferenceInput.Image cat = image("emoji-cat.png");
    LocalRuntime before = start(storage);
    float[] embedding = ingest(before, cat).results().get(0).orThrow().single();
    MatchScore fresh = match(before, cat);
    assertEquals(1, before.stats().disk().entries(), "ingest fills it");
    before.close();

    LocalRuntime after = start(storage);
    MatchResponse answer = answer(after, InferenceInput.Image.reference(cat.digest()));
    MatchScore kept = answer.results().get(0).orThrow();
    assertEquals(new MatchStats(0, 1, 0, 0, answer.stats().queueNanos(), 0, null), answer.stats());
    assertEquals(0, imagesEncoded(after));
    assertEquals(1, after.stats().disk().hits());
    // a tiny model with random weights; what real models lose is measured in benchmarks
    float bound = storage == Storage.FLOAT32 ? 0 : storage == Storage.FLOAT16 ? 1e-3f : 5e-2f;
    assertEquals(fresh.matchLogit(), kept.matchLogit(), bound);
    assertEquals(fresh.noMatchLogit(), kept.noMatchLogit(), bound);
    assertEquals(fresh.similarity(), kept.similarity());

    match(after, InferenceInput.Image.reference(cat.digest()));
    assertEquals(1, after.stats().disk().hits(), "then it is in memory");
    assertEquals(0, after.openLeases());
    after.close();
    LocalRuntime third = start(storage);
    assertEquals(
        0, largestDifference(embedding, ingest(third, cat).results().get(0).orThrow().single()));
    assertEquals(0, imagesEncoded(third), "indexing again encodes nothing");
    third.close();
  }

  @Test
  void anImageWhoseFileIsBrokenIsAskedFor() throws Exception {
    InferenceInput.Image cat = image("emoji-cat.png");
    LocalRuntime before = start(Storage.FLOAT16);
    MatchScore fresh = match(before, cat);
    before.close();
    LocalRuntime after = start(Storage.FLOAT16);
    try (Stream<Path> files = Files.walk(disk)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.write(file, new byte[10]);
      }
    }
    CompletionStage<MatchResponse> answer =
        after
            .inference()
            .match(
                matchRequest(
                    BLIP,
                    text("a red heart"),
                    InferenceInput.Image.reference(cat.digest()),
                    image("emoji-heart.png")));
    runAll();
    assertEquals(Kind.IMAGE_REQUIRED, failure(get(answer).results().get(0)).kind());
    assertTrue(Float.isFinite(get(answer).results().get(1).orThrow().matchLogit()));
    assertEquals(fresh, match(after, cat), "with its bytes it is encoded, and kept again");
    assertEquals(2, after.stats().disk().entries());
    assertEquals(0, after.stats().roles().get(Role.IMAGE_EMBEDDING).queueDepth());
    assertEquals(0, after.stats().roles().get(Role.MATCHING).queueDepth());
    after.close();
  }

  @Test
  void aPictureOfAQueryIsNotKept() throws Exception {
    LocalRuntime runtime = start(Storage.FLOAT16);
    CompletionStage<EmbedResponse> answer =
        runtime.inference().embed(embedRequest(BLIP, image("emoji-cat.png")));
    runAll();
    get(answer);
    assertEquals(0, runtime.stats().disk().entries());
    runtime.close();
  }
}
