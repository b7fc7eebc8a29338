package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.ModelStatus.State;
import org.sightline.runtime.stats.RuntimeStats;
import org.sightline.runtime.stats.RuntimeStats.Stage;

class LocalRuntimeTest extends RuntimeTestCase {
  @Test
  void knowsModelsWithoutLoadingThem() {
    LocalRuntime runtime = open(limits());
    assertEquals("[tiny-blip, tiny-clip]", runtime.catalog().ids().toString());
    assertEquals(16, runtime.catalog().require(CLIP).dimensions());
    assertTrue(runtime.catalog().require(BLIP).has(Role.MATCHING));
    ModelStatus clip = status(runtime, CLIP);
    assertEquals(State.AVAILABLE, clip.state());
    assertNull(clip.reason());
    assertEquals(111463 + 112176 + 5297, clip.bundleBytes());
  }

  @Test
  void aBatchEqualsItsInputsOneByOne() throws Exception {
    LocalRuntime runtime = open(limits().withCaches(0, 0));
    List<InferenceInput> inputs = new ArrayList<>();
    for (String file : List.of("emoji-cat.png", "scene-91x17.png", "grey-120x77.png")) {
      inputs.add(image(file));
    }
    for (String value : List.of("cat", "red heart", "a very long text ".repeat(20), "猫")) {
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
  void anImageThatIsInABatchSeveralTimesIsRunOnce() throws Exception {
    LocalRuntime runtime = manual(limits().withCaches(0, 0));
    List<String> files =
        List.of(
            "emoji-cat.png",
            "scene-91x17.png",
            "emoji-cat.png",
            "grey-120x77.png",
            "scene-91x17.png",
            "emoji-cat.png",
            "emoji-cat.png");
    List<CompletionStage<EmbedResponse>> answers = new ArrayList<>();
    for (String file : files) {
      answers.add(runtime.inference().embed(embedRequest(CLIP, image(file))));
    }
    runAll();
    assertEquals(7, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).inputs());
    Map<String, float[]> first = new HashMap<>();
    for (int i = 0; i < files.size(); i++) {
      float[] vector = single(get(answers.get(i)).results().get(0));
      float[] before = first.putIfAbsent(files.get(i), vector);
      if (before != null) {
        assertSame(before, vector, files.get(i) + " was run again");
      }
    }
    assertEquals(3, first.size());
    for (String file : first.keySet()) {
      CompletionStage<EmbedResponse> alone =
          runtime.inference().embed(embedRequest(CLIP, image(file)));
      runAll();
      float[] expected = single(get(alone).results().get(0));
      assertEquals(0, largestDifference(expected, first.get(file)), 1e-5, file);
    }
    runtime.close();
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
        "is a damaged or unsupported PNG image: a chunk lies outside of the file: it is cut short",
        truncated.getMessage());
    assertEquals(2, runtime.stats().failures());
  }

  @Test
  void textsOfAnyLengthAreValid() throws Exception {
    LocalRuntime runtime = open(limits());
    float[] letter = vector(runtime, CLIP, text("a"));
    float[] endless = vector(runtime, CLIP, text("word ".repeat(10_000)));
    assertEquals(1, cosine(letter, letter), 1e-5);
    assertEquals(1, cosine(endless, endless), 1e-5);
    assertEquals(1, cosine(endless, vector(runtime, CLIP, text("word ".repeat(40)))), 1e-5);
  }

  @Test
  void blankTextsAreMissing() throws Exception {
    LocalRuntime runtime = open(limits());
    EmbedResponse embedded = embed(runtime, BLIP, text(""), text("red heart"), text(" \n…"));
    for (int blank : new int[] {0, 2}) {
      InferenceException failure = failure(embedded.results().get(blank));
      assertEquals(Kind.INVALID_INPUT, failure.kind());
      assertEquals(InferenceInput.Text.BLANK, failure.getMessage());
    }
    assertEquals(16, single(embedded.results().get(1)).length);
    InferenceInput image = image("emoji-cat.png");
    MatchResponse matched = match(runtime, BLIP, image, text("red heart"), text("!!!"));
    assertTrue(matched.results().get(0).orThrow().matchLogit() != 0);
    assertEquals(InferenceInput.Text.BLANK, failure(matched.results().get(1)).getMessage());
    InferenceException query =
        failure(runtime.inference().match(matchRequest(BLIP, text("?"), image)));
    assertEquals(Kind.INVALID_INPUT, query.kind());
    assertEquals(InferenceInput.Text.BLANK, query.getMessage());
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
}
