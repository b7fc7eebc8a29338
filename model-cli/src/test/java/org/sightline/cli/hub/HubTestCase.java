package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.testsupport.cluster.Folders;

/** Hub folders that may be changed, and an empty folder of models. */
abstract class HubTestCase {
  static final Path FIXTURES = Path.of("../model-runtime/src/test/fixtures");
  static final ImportOptions SIGLIP = new ImportOptions(null, null, 20f, -8f, null);

  /** How the fixtures in the manner of CLIP prepare images. */
  static final ImageSpec CLIP_IMAGE =
      new ImageSpec(
          32,
          32,
          ImageSpec.Resize.SHORTEST_EDGE,
          ImageSpec.Interpolation.BICUBIC,
          ImageSpec.Crop.CENTER,
          List.of(0.48145466f, 0.4578275f, 0.40821073f),
          List.of(0.26862954f, 0.26130258f, 0.27577711f),
          ImageSpec.Transparency.DROP,
          ImageSpec.Orientation.EXIF);

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
    HubFiles.delete(target);
    Folders.copy(FIXTURES.resolve(fixture), target);
    return target;
  }

  static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  static void change(Path file, Consumer<JsonObject> change) throws IOException {
    JsonObject json = json(file);
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  /**
   * Sets a field of a file.
   *
   * @param path names with dots between them
   * @param value in JSON, null to remove the field
   */
  static void set(Path file, String path, String value) throws IOException {
    JsonObject root = json(file);
    JsonObject object = root;
    String[] names = path.split("\\.");
    for (int i = 0; i < names.length - 1; i++) {
      object = object.getAsJsonObject(names[i]);
    }
    String last = names[names.length - 1];
    if (value == null) {
      object.remove(last);
    } else {
      object.add(last, JsonParser.parseString(value));
    }
    Files.writeString(file, root.toString());
  }

  /** The message with which an import is refused, of which nothing stays. */
  String refusal(Path folder, ImportOptions options) {
    BundleException e = assertThrows(BundleException.class, () -> importFolder(folder, options));
    assertEquals(List.of(), installed(), e.getMessage());
    return e.getMessage();
  }

  String refusal(Path folder) {
    return refusal(folder, ImportOptions.none());
  }

  Bundle importFolder(Path folder, ImportOptions options) {
    return importFolders(options, folder);
  }

  Bundle importFolders(ImportOptions options, Path... folders) {
    return new ModelImport(models, List.of(), options)
        .run(ModelSource.of(List.of(folders)), threads);
  }

  Optional<String> trial(Bundle bundle) {
    return TrialRun.check(bundle, threads);
  }

  /** Names in the folder of models; empty where it does not exist. */
  List<String> installed() {
    return HubFiles.names(models);
  }

  float[] embed(Bundle bundle, InferenceInput input) throws Exception {
    return embedAll(bundle, List.of(input)).get(0);
  }

  /** Embeds inputs in one request. */
  List<float[]> embedAll(Bundle bundle, List<InferenceInput> inputs) throws Exception {
    String id = bundle.manifest().id();
    try (LocalRuntime runtime =
        LocalRuntime.open(
            List.of(bundle.folder().getParent()), RuntimeLimits.defaults(), threads, threads)) {
      EmbedRequest request =
          new EmbedRequest(id, inputs, Purpose.SEARCH, Deadline.after(Duration.ofMinutes(1)));
      List<float[]> vectors =
          runtime
              .inference()
              .embed(request)
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS)
              .results()
              .stream()
              .map(result -> result.orThrow().single())
              .toList();
      runtime.unload(id).toCompletableFuture().get(60, TimeUnit.SECONDS);
      return vectors;
    }
  }

  /** Compares with what transformers gives for the folder that the bundle was made of. */
  void assertEqualsReference(Bundle bundle, String file) throws Exception {
    JsonObject reference = json(FIXTURES.resolve(file));
    List<JsonElement> expected = new ArrayList<>();
    List<InferenceInput> inputs = new ArrayList<>();
    for (JsonElement element : reference.getAsJsonArray("images")) {
      expected.add(element);
      String picture = element.getAsJsonObject().get("file").getAsString();
      inputs.add(InferenceInput.Image.of(Files.readAllBytes(FIXTURES.resolve(picture))));
    }
    for (JsonElement element : reference.getAsJsonArray("texts")) {
      String text = element.getAsJsonObject().get("text").getAsString();
      if (InferenceInput.Text.isBlank(text) == false) { // references embed the empty text too
        expected.add(element);
        inputs.add(new InferenceInput.Text(text));
      }
    }
    List<float[]> vectors = embedAll(bundle, inputs);
    for (int i = 0; i < inputs.size(); i++) {
      assertSame(inputs.get(i).toString(), expected.get(i), vectors.get(i));
    }
  }

  static void assertSame(String what, JsonElement expected, float[] vector) {
    List<JsonElement> wanted = expected.getAsJsonObject().getAsJsonArray("embedding").asList();
    assertEquals(wanted.size(), vector.length);
    double cosine = 0;
    for (int i = 0; i < vector.length; i++) {
      cosine += wanted.get(i).getAsDouble() * vector[i];
    }
    assertTrue(cosine >= 0.9999, what + ": cosine " + cosine);
  }
}
