package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.model.ModelStatus;

/** Searches while a bulk runs, and what a bulk leaves behind. */
class MixedLoadTest extends RuntimeTestCase {
  @TempDir private Path disk;

  /** A picture of noise, which takes long to decode for its size in bytes. */
  private static InferenceInput.Image slow() throws IOException {
    BufferedImage noise = new BufferedImage(1200, 1200, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(1);
    for (int y = 0; y < 1200; y++) {
      for (int x = 0; x < 1200; x++) {
        noise.setRGB(x, y, random.nextInt(8) * 0x101010);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(noise, "png", png);
    return InferenceInput.Image.of(png.toByteArray());
  }

  @Test
  void aSearchIsAnsweredBeforeABulkOfAnotherModel() throws Exception {
    LocalRuntime runtime = open(limits());
    assertEquals(ModelStatus.State.LOADED, get(runtime.load(CLIP)).state());
    assertEquals(ModelStatus.State.LOADED, get(runtime.load(BLIP)).state());
    List<InferenceInput> pictures = new ArrayList<>(Collections.nCopies(300, slow()));
    Deadline deadline = Deadline.after(PATIENCE);
    CompletableFuture<EmbedResponse> bulk =
        runtime
            .inference()
            .embed(new EmbedRequest(BLIP, pictures, Purpose.INGEST, deadline))
            .toCompletableFuture();
    assertEquals(16, vector(runtime, CLIP, text("a red heart")).length);
    long waiting = runtime.stats().roles().get(Role.IMAGE_EMBEDDING).queueDepth();
    assertFalse(bulk.isDone());
    assertTrue(waiting > 100, waiting + " pictures wait when the search is answered");
    deadline.abandon(); // the others are dropped
    assertEquals(Kind.CANCELLED, failure(bulk).kind());
  }

  /** Files that go between the look when a request is planned and its turn keep no place. */
  @Test
  void imagesThatTheDiskLosesMeanwhileHoldNothing() throws Exception {
    FeatureFiles files = FeatureFiles.open(disk, 40_000, Storage.FLOAT32);
    LocalRuntime runtime =
        track(
            LocalRuntime.open(
                List.of(Golden.FIXTURES),
                limits().withQueues(100, 100, 1).withCaches(0, 0),
                files,
                HeapAccount.NONE,
                preparing,
                inferring));
    List<InferenceInput> references = new ArrayList<>();
    List<InferenceInput> images = new ArrayList<>();
    for (String file : List.of("emoji-cat.png", "emoji-heart.png", "emoji-flag.png")) {
      images.add(image(file));
      references.add(InferenceInput.Image.reference(image(file).digest()));
    }
    match(runtime, images);
    assertEquals(3, files.stats().entries());
    CompletionStage<MatchResponse> answer =
        runtime
            .inference()
            .match(matchRequest(BLIP, text("a"), references.toArray(InferenceInput[]::new)));
    ImageFeatures other =
        new ImageFeatures(null, new ImageFeatures.Tokens(new float[2000], 1, 2000));
    String model = runtime.bundle(BLIP).orElseThrow().manifest().fingerprint();
    for (int i = 0; i < 10; i++) {
      files.write(model, Digest.sha256(new byte[] {(byte) i}), other);
    }
    runAll();
    for (Outcome<?> outcome : get(answer).results()) {
      assertEquals(Kind.IMAGE_REQUIRED, failure(outcome).kind());
    }
    for (Role role : Role.values()) {
      assertEquals(0, runtime.stats().roles().get(role).queueDepth(), role.id());
    }
    assertEquals(0, runtime.openLeases());
  }

  private List<Outcome<?>> match(LocalRuntime runtime, List<InferenceInput> images)
      throws Exception {
    CompletionStage<MatchResponse> answer =
        runtime
            .inference()
            .match(matchRequest(BLIP, text("a"), images.toArray(InferenceInput[]::new)));
    runAll();
    return List.copyOf(get(answer).results());
  }
}
