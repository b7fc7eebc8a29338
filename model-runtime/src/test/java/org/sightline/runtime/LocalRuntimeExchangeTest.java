package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.ModelStatus.State;

/** Models that come, are exchanged and go while the runtime works. */
class LocalRuntimeExchangeTest extends RuntimeTestCase {
  /** Longer than the second version reads. */
  private static final String LONG = "a red heart and a blue circle and a green square";

  @TempDir private Path folder;

  @Test
  void aModelComesAndGoes() throws Exception {
    LocalRuntime runtime = open(limits(), folder.resolve("none"));
    assertEquals(
        Kind.UNKNOWN_MODEL,
        failure(runtime.inference().embed(embedRequest(CLIP, text("x")))).kind());
    assertEquals(State.AVAILABLE, get(runtime.put(version("one", 16), false)).state());
    assertEquals("[tiny-clip]", runtime.catalog().ids().toString());
    assertEquals(16, vector(runtime, CLIP, text("x")).length);
    get(runtime.remove(CLIP));
    assertTrue(runtime.models().isEmpty());
    assertEquals(
        Kind.UNKNOWN_MODEL,
        failure(runtime.inference().embed(embedRequest(CLIP, text("x")))).kind());
    get(runtime.remove(CLIP));
    assertEquals(State.LOADED, get(runtime.put(version("two", 4), true)).state());
  }

  @Test
  void requestsEndWithTheVersionTheyBeganWith() throws Exception {
    LocalRuntime runtime = manual(limits().withCaches(1 << 20, 0));
    float[] before = vectorOf(runtime, LONG);
    CompletionStage<EmbedResponse> underWay =
        runtime.inference().embed(embedRequest(CLIP, text(LONG)));
    preparing.runAll();
    CompletableFuture<ModelStatus> exchanged =
        runtime.put(version("two", 4), false).toCompletableFuture();
    assertEquals(1, preparing.waiting(), "the new one is loaded beside the old one");
    preparing.runAll();
    assertTrue(exchanged.isDone());
    assertEquals(State.LOADED, state(runtime, CLIP));
    assertEquals(1, runtime.openLeases());
    float[] after = vectorOf(runtime, LONG); // runs what was under way as well
    assertEquals(0, largestDifference(before, single(get(underWay).results().get(0))), 1e-6);
    assertTrue(largestDifference(before, after) > 1e-2);
    assertEquals(0, runtime.openLeases());
    runtime.close();
  }

  @Test
  void textsOfTheOldVersionAreNotRemembered() throws Exception {
    LocalRuntime runtime = open(limits().withCaches(0, 100));
    float[] before = vector(runtime, CLIP, text(LONG));
    ModelStatus old = status(runtime, CLIP);
    get(runtime.put(version("two", 4), false));
    assertNotEquals(old.version(), status(runtime, CLIP).version());
    assertTrue(largestDifference(before, vector(runtime, CLIP, text(LONG))) > 1e-2);
    get(runtime.put(version("one", 16), false));
    assertEquals(0, largestDifference(before, vector(runtime, CLIP, text(LONG))), 1e-6);
  }

  @Test
  void aNewVersionThatCannotBeLoadedChangesNothing() throws Exception {
    LocalRuntime runtime = open(limits());
    float[] before = vector(runtime, CLIP, text(LONG));
    Bundle broken = version("two", 4);
    Files.write(broken.file("image.onnx"), new byte[] {1});
    ModelStatus status = get(runtime.put(broken, false));
    assertEquals(State.FAILED, status.state());
    assertTrue(status.reason().startsWith("the file [image.onnx] has 1 bytes"), status.reason());
    assertEquals(State.LOADED, state(runtime, CLIP));
    assertEquals(0, largestDifference(before, vector(runtime, CLIP, text(LONG))), 1e-6);
  }

  @Test
  void withoutMemoryForBothTheOldOneGoesFirst() throws Exception {
    Bundle next = version("two", 4);
    LocalRuntime runtime = open(limits().withModelBytes(next.manifest().bytes() + 1));
    float[] before = vector(runtime, CLIP, text(LONG));
    assertEquals(State.LOADED, get(runtime.put(next, false)).state());
    assertTrue(largestDifference(before, vector(runtime, CLIP, text(LONG))) > 1e-2);
  }

  /** Whoever asks while versions are exchanged gets the answer of one or the other. */
  @Test
  void survivesExchangesUnderLoad() throws Exception {
    LocalRuntime runtime = open(limits().withCaches(0, 0));
    float[] one = vector(runtime, CLIP, text(LONG));
    List<Bundle> versions = List.of(version("two", 4), version("one", 16));
    get(runtime.put(versions.get(0), false));
    float[] two = vector(runtime, CLIP, text(LONG));
    List<FutureTask<Void>> callers = new ArrayList<>();
    for (int caller = 0; caller < 3; caller++) {
      callers.add(
          new FutureTask<>(
              () -> {
                for (int i = 0; i < 40; i++) {
                  float[] answer = vector(runtime, CLIP, text(LONG));
                  double difference =
                      Math.min(largestDifference(one, answer), largestDifference(two, answer));
                  assertEquals(0, difference, 1e-5);
                }
                return null;
              }));
    }
    callers.forEach(caller -> Thread.ofPlatform().start(caller));
    for (int i = 1; i <= 6; i++) {
      assertFalse(get(runtime.put(versions.get(i % 2), true)).state() == State.FAILED);
    }
    for (FutureTask<Void> caller : callers) {
      caller.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** The model of the fixtures, reading that many tokens of a text. */
  private Bundle version(String name, int maxLength) throws IOException {
    Path target = Files.createDirectories(folder.resolve(name).resolve(CLIP));
    try (Stream<Path> files = Files.list(Golden.FIXTURES.resolve(CLIP))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    Path manifest = target.resolve("model.json");
    JsonObject json = JsonParser.parseString(Files.readString(manifest)).getAsJsonObject();
    json.getAsJsonObject("text").addProperty("max_length", maxLength);
    Files.writeString(manifest, json.toString());
    return Bundle.read(target);
  }
}
