package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.RuntimeLimits;

/** Hub folders that may be changed, and an empty folder of models. */
abstract class HubTestCase {
  static final Path FIXTURES = Path.of("../model-runtime/src/test/fixtures");
  static final ImportOptions SIGLIP = new ImportOptions(null, null, 20f, -8f, null);

  @TempDir Path temporary;
  Path models;
  private ThreadPoolExecutor threads;

  @BeforeEach
  void start() {
    models = temporary.resolve("models");
    threads = new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
  }

  @AfterEach
  void stop() throws InterruptedException {
    threads.shutdown();
    assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
  }

  /** A copy of a fixture that the test may change. */
  Path copy(String fixture) throws IOException {
    Path target = temporary.resolve(fixture);
    try (Stream<Path> files = Files.walk(FIXTURES.resolve(fixture))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(FIXTURES.resolve(fixture).relativize(file).toString()));
      }
    }
    return target;
  }

  static void change(Path file, Consumer<JsonObject> change) throws IOException {
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  Bundle importFolder(Path folder, ImportOptions options) {
    return new ModelImport(models, List.of(), options).run(folder, threads);
  }

  Optional<String> trial(Bundle bundle) {
    return TrialRun.check(bundle, threads);
  }

  /** Names in the folder of models; empty where it does not exist. */
  List<String> installed() {
    return HubFiles.names(models);
  }

  float[] embed(Bundle bundle, InferenceInput input) throws Exception {
    String id = bundle.manifest().id();
    try (LocalRuntime runtime =
        LocalRuntime.open(
            List.of(bundle.folder().getParent()), RuntimeLimits.defaults(), threads, threads)) {
      EmbedRequest request =
          new EmbedRequest(
              id, List.of(input), Purpose.SEARCH, Deadline.after(Duration.ofMinutes(1)));
      float[] vector =
          runtime
              .inference()
              .embed(request)
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS)
              .results()
              .get(0)
              .orThrow()
              .single();
      runtime.unload(id).toCompletableFuture().get(60, TimeUnit.SECONDS);
      return vector;
    }
  }

  /** Compares with what transformers gives for the folder that the bundle was made of. */
  void assertEqualsReference(Bundle bundle, String file) throws Exception {
    JsonObject reference =
        JsonParser.parseString(Files.readString(FIXTURES.resolve(file))).getAsJsonObject();
    for (JsonElement element : reference.getAsJsonArray("images")) {
      String picture = element.getAsJsonObject().get("file").getAsString();
      byte[] bytes = Files.readAllBytes(FIXTURES.resolve(picture));
      assertSame(picture, element, embed(bundle, InferenceInput.Image.of(bytes)));
    }
    for (JsonElement element : reference.getAsJsonArray("texts")) {
      String text = element.getAsJsonObject().get("text").getAsString();
      assertSame(text, element, embed(bundle, new InferenceInput.Text(text)));
    }
  }

  private static void assertSame(String what, JsonElement expected, float[] vector) {
    List<JsonElement> wanted = expected.getAsJsonObject().getAsJsonArray("embedding").asList();
    assertEquals(wanted.size(), vector.length);
    double cosine = 0;
    for (int i = 0; i < vector.length; i++) {
      cosine += wanted.get(i).getAsDouble() * vector[i];
    }
    assertTrue(cosine >= 0.9999, what + ": cosine " + cosine);
  }
}
