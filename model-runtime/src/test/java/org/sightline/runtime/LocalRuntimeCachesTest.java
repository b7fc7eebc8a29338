package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.stats.RuntimeStats;

/** What is remembered, for whom, and until when. */
class LocalRuntimeCachesTest extends RuntimeTestCase {
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

    assertEquals(1, cold.stats().encoded());
    assertTrue(cold.stats().encodeNanos() > 0);
    assertTrue(cold.stats().queueNanos() > 0);
    assertEquals(1, warm.stats().encoded());
    assertEquals(1, again.stats().fromMemory());
    assertEquals(0, again.stats().encoded() + again.stats().fromDisk());

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
}
