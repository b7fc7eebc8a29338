package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.cluster.Folders;

/** The samples that lie in the bundled models, as they are and changed. */
class GoldenSamplesTest extends HubTestCase {
  private static final Path BUNDLES = Path.of("../model-runtime/bundles");

  /** A copy of a bundled model with other samples, of which the manifest knows. */
  private Bundle changed(String model, Consumer<JsonObject> change) throws IOException {
    Path target = temporary.resolve("changed").resolve(model);
    Folders.copy(BUNDLES.resolve(model), target);
    Path samples = target.resolve(GoldenSamples.FILE);
    change(samples, change);
    change(
        target.resolve("model.json"),
        manifest -> {
          JsonObject entry = manifest.getAsJsonObject("files").getAsJsonObject(GoldenSamples.FILE);
          entry.addProperty("sha256", digest(samples));
          entry.addProperty("bytes", samples.toFile().length());
        });
    return Bundle.read(target);
  }

  private static String digest(Path file) {
    try {
      return Digest.sha256(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String refusal(String model, Consumer<JsonObject> change) throws IOException {
    Bundle bundle = changed(model, change);
    return assertThrows(BundleException.class, () -> trial(bundle)).getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"emoji-clip", "emoji-blip"})
  void bundledModelsGiveWhatTheirCheckpointsGave(String model) {
    String found = trial(Bundle.read(BUNDLES.resolve(model))).orElseThrow();
    String matches = model.equals("emoji-blip") ? "; 4 matches, logits differ by at most .*" : "";
    assertTrue(
        found.matches("4 embeddings, cosine at least (0\\.99999|1\\.0000)[0-9]*" + matches), found);
  }

  @Test
  void aBundleWithoutSamplesHasNone() {
    assertEquals(Optional.empty(), trial(Bundle.read(FIXTURES.resolve("tiny-clip"))));
  }

  @Test
  void anEmbeddingThatDiffersIsRefused() throws IOException {
    String message =
        refusal(
            "emoji-clip",
            samples ->
                samples
                    .getAsJsonArray("texts")
                    .get(1)
                    .getAsJsonObject()
                    .getAsJsonArray("vectors")
                    .get(0)
                    .getAsJsonArray()
                    .set(0, new JsonPrimitive(0.9)));
    assertTrue(
        message.startsWith("the sample [text 1] of [golden.json] gives the cosine 0."), message);
    assertTrue(message.contains(", expected at least 0.9999: "), message);
  }

  @Test
  void aLogitThatDiffersIsRefused() throws IOException {
    String message =
        refusal(
            "emoji-blip",
            samples ->
                samples
                    .getAsJsonArray("matches")
                    .get(2)
                    .getAsJsonObject()
                    .getAsJsonArray("logits")
                    .set(1, new JsonPrimitive(0.25)));
    assertTrue(
        message.startsWith("the sample [image 1 with text 0] of [golden.json] gives the logit "),
        message);
    assertTrue(
        message.contains(" instead of 0.25, expected a difference of at most 0.001: "), message);
  }

  @Test
  void aFileThatHoldsNoSamplesIsRefused() throws IOException {
    String message = refusal("emoji-clip", samples -> samples.remove("images"));
    assertTrue(message.startsWith("the file [golden.json] holds no samples: "), message);
  }
}
