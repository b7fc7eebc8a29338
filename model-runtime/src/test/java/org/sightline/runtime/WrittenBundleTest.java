package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.testsupport.onnx.OnnxWriter;

/**
 * Roles and failures that no golden bundle has, on graphs whose results can be computed by hand.
 */
class WrittenBundleTest extends RuntimeTestCase {
  @TempDir private Path folder;

  /** A picture of one colour. */
  private static InferenceInput.Image colour(int red, int green, int blue) throws IOException {
    BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 4; i++) {
      image.setRGB(i % 2, i / 2, red << 16 | green << 8 | blue);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", new MemoryCacheImageOutputStream(out));
    return InferenceInput.Image.of(out.toByteArray());
  }

  @Test
  void textFeaturesReplaceIdsAndPaddingDoesNotCount() throws Exception {
    LocalRuntime runtime = open(limits(), WrittenBundle.matcher(folder, "matcher").write());
    // ids: "red heart" 2 172 163 3, "black cat" 2 148 153 3, "" 2 3
    MatchResponse response =
        match(
            runtime, "matcher", colour(255, 0, 51), text("red heart"), text(""), text("black cat"));
    float[] sums = {340, 5, 306};
    for (int i = 0; i < 3; i++) {
      MatchScore score = response.results().get(i).orThrow();
      assertEquals(sums[i], score.noMatchLogit());
      assertEquals(4 + 4 * 0.2f, score.matchLogit(), 1e-5);
      // image (1, 0, 0.2) against (1, 1, 1), normalised
      assertEquals(1.2 / Math.sqrt(1.04 * 3), score.similarity(), 1e-5);
    }
    assertEquals(1, runtime.stats().roles().get(Role.IMAGE_EMBEDDING).inputs());
  }

  @Test
  void tokensFromAFileOfTheirOwnAreCached() throws Exception {
    LocalRuntime runtime = open(limits(), WrittenBundle.matcher(folder, "matcher").write());
    InferenceInput.Image image = colour(255, 255, 255);
    MatchScore first =
        match(runtime, "matcher", text("red heart"), image).results().get(0).orThrow();
    MatchScore second =
        match(runtime, "matcher", text("red heart"), InferenceInput.Image.reference(image.digest()))
            .results()
            .get(0)
            .orThrow();
    assertEquals(12, first.matchLogit(), 1e-5);
    assertEquals(first, second);
    assertEquals(1, runtime.stats().features().hits());
  }

  @Test
  void severalVectorsAnImage() throws Exception {
    LocalRuntime runtime = open(limits(), WrittenBundle.multiVector(folder, "multi").write());
    assertEquals(2, runtime.catalog().require("multi").vectorsPerImage());
    List<float[]> vectors =
        embed(runtime, "multi", colour(255, 0, 0)).results().get(0).orThrow().vectors();
    assertEquals(2, vectors.size());
    assertArrayEquals(new float[] {1, 0, 0}, vectors.get(0));
    assertArrayEquals(new float[] {1, 0, 0}, vectors.get(1));
  }

  /** A graph that was quantised dynamically would mix the pictures of a run. */
  @Test
  void aPictureDoesNotDependOnItsNeighbours() throws Exception {
    Path bundles =
        WrittenBundle.multiVector(folder, "rounded")
            .change(manifest -> manifest.remove("vectors_per_image"))
            .file("image.onnx", WrittenBundle.roundedImageEmbedding())
            .write();
    InferenceInput[] pictures = new InferenceInput[7];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = colour(3 + 40 * i, 7, 11);
    }
    EmbedResponse together = embed(open(limits(), bundles), "rounded", pictures);
    LocalRuntime runtime = open(limits(), bundles);
    for (int i = 0; i < pictures.length; i++) {
      float[] alone = single(embed(runtime, "rounded", pictures[i]).results().get(0));
      assertArrayEquals(alone, single(together.results().get(i)), "picture " + i);
    }
  }

  @Test
  void aVectorThatCannotBeNormalisedFailsAlone() throws Exception {
    LocalRuntime runtime = open(limits(), WrittenBundle.matcher(folder, "matcher").write());
    EmbedResponse response =
        embed(runtime, "matcher", colour(255, 0, 0), colour(0, 0, 0), colour(0, 255, 0));
    assertArrayEquals(new float[] {1, 0, 0}, single(response.results().get(0)));
    InferenceException error = failure(response.results().get(1));
    assertEquals(Kind.INTERNAL, error.kind());
    assertEquals(
        "the model gave a vector that cannot be normalised: its length is 0.0", error.getMessage());
    assertArrayEquals(new float[] {0, 1, 0}, single(response.results().get(2)));
  }

  @Test
  void aRunThatFailsNativelyFailsOnlyItsBatch() throws Exception {
    Path bundles = WrittenBundle.fragile(folder, "fragile").write();
    // one input a batch, so that the others have batches of their own
    LocalRuntime runtime = open(limits().withQueues(10, 10, 1), bundles);
    EmbedResponse response = embed(runtime, "fragile", text(""), text("red heart"), text(""));
    assertArrayEquals(new float[] {1, 0, 0}, single(response.results().get(0)));
    InferenceException error = failure(response.results().get(1));
    assertEquals(Kind.INTERNAL, error.kind());
    assertTrue(error.getMessage().startsWith("the graph [text.onnx] failed: "), error.getMessage());
    assertArrayEquals(new float[] {1, 0, 0}, single(response.results().get(2)));
  }

  @Test
  void aGraphThatLosesInputsIsNotTrusted() throws Exception {
    OnnxWriter halving =
        new OnnxWriter()
            .input("ids", OnnxWriter.INT64, "b", "t")
            .floats("row", new long[] {1, 3}, 1, 2, 3)
            .node("Identity", OnnxWriter.of("row"), "embedding")
            .output("embedding", OnnxWriter.FLOAT, "c", 3);
    WrittenBundle.fragile(folder, "halving").file("text.onnx", halving).write();
    LocalRuntime runtime = manual(limits(), folder);
    CompletionStage<EmbedResponse> answer =
        runtime.inference().embed(embedRequest("halving", text("a"), text("b")));
    runAll();
    for (Outcome<?> outcome : get(answer).results()) {
      assertEquals(
          "the graph [text.onnx] gave 1 results in [embedding] for 2 inputs",
          failure(outcome).getMessage());
    }
    runtime.close();
  }

  @Test
  void refusesGraphsThatDoNotFitTheManifest() throws Exception {
    String graph = "; it has inputs [pixels float [?,3,2,2]] and outputs [embedding float [?,3]]";
    assertEquals(
        "role [image_embedding]: the graph [image.onnx] must have embedding float [?,5]" + graph,
        loadFailure(
            WrittenBundle.matcher(folder, "dims")
                .change(manifest -> manifest.addProperty("dimensions", 5))));
    assertEquals(
        "role [image_embedding]: the graph [image.onnx] must have embedding float [?,4,3]" + graph,
        loadFailure(
            WrittenBundle.matcher(folder, "vectors")
                .change(manifest -> manifest.addProperty("vectors_per_image", 4))));
    assertEquals(
        "role [image_embedding]: the graph [image.onnx] must have pixels float [?,3,2,8]" + graph,
        loadFailure(
            WrittenBundle.matcher(folder, "size")
                .change(manifest -> manifest.getAsJsonObject("image").addProperty("width", 8))));
    assertEquals(
        "role [image_embedding]: the graph [image.onnx] has no output [vector]" + graph,
        loadFailure(
            WrittenBundle.matcher(folder, "output")
                .change(
                    manifest ->
                        manifest
                            .getAsJsonObject("roles")
                            .getAsJsonObject("image_embedding")
                            .getAsJsonObject("outputs")
                            .addProperty("embedding", "vector"))));
    assertEquals(
        "role [matching]: the graph [matching.onnx] needs an input [mask] that the manifest does"
            + " not name; it has inputs [features float [?,?,1], mask int64 [?,?], tokens float"
            + " [?,3,4]] and outputs [logits float [?,2]]",
        loadFailure(
            WrittenBundle.matcher(folder, "input")
                .change(
                    manifest ->
                        manifest
                            .getAsJsonObject("roles")
                            .getAsJsonObject("matching")
                            .getAsJsonObject("inputs")
                            .remove("mask"))));
  }

  @Test
  void refusesTokensThatTheirReaderCannotTake() throws Exception {
    OnnxWriter wider =
        new OnnxWriter()
            .input("pixels", OnnxWriter.FLOAT, "b", 3, 2, 2)
            .integers("shape", 0, 2, 6)
            .node("Reshape", OnnxWriter.of("pixels", "shape"), "tokens")
            .output("tokens", OnnxWriter.FLOAT, "b", 2, 6);
    assertEquals(
        "role [matching]: the graph [matching.onnx] takes tokens float [?,3,4], but"
            + " [image_tokens] gives tokens float [?,2,6]",
        loadFailure(WrittenBundle.matcher(folder, "wider").file("tokens.onnx", wider)));
  }

  private static OnnxWriter imagesOfABatch(int size) {
    return new OnnxWriter()
        .input("pixels", OnnxWriter.FLOAT, size, 3, 2, 2)
        .node(
            "ReduceMean",
            OnnxWriter.of("pixels"),
            "embedding",
            OnnxWriter.attribute("axes", true, 2, 3),
            OnnxWriter.attribute("keepdims", false, 0))
        .output("embedding", OnnxWriter.FLOAT, size, 3);
  }

  @Test
  void refusesAFixedBatchOfSeveral() throws Exception {
    assertEquals(
        "role [image_embedding]: the graph [image.onnx] must have pixels float [?,3,2,2]; it has"
            + " inputs [pixels float [2,3,2,2]] and outputs [embedding float [2,3]]",
        loadFailure(WrittenBundle.matcher(folder, "fixed").file("image.onnx", imagesOfABatch(2))));
  }

  @Test
  void aFixedBatchOfOneIsRunOnceForEachInput() throws Exception {
    WrittenBundle bundle =
        WrittenBundle.matcher(folder, "single").file("image.onnx", imagesOfABatch(1));
    LocalRuntime runtime = open(limits(), bundle.write());
    EmbedResponse response =
        embed(runtime, "single", colour(255, 0, 0), colour(0, 255, 0), colour(0, 0, 255));
    assertArrayEquals(new float[] {1, 0, 0}, single(response.results().get(0)));
    assertArrayEquals(new float[] {0, 1, 0}, single(response.results().get(1)));
    assertArrayEquals(new float[] {0, 0, 1}, single(response.results().get(2)));
  }

  @Test
  void refusesWeightsThatAreNoFileOfTheBundle() throws Exception {
    List<String> locations = List.of("../weights", "/etc/passwd", "elsewhere");
    for (String location : locations) {
      String id = "outside" + locations.indexOf(location);
      OnnxWriter graph = WrittenBundle.imageEmbedding().external("weights", location, 3, 16);
      LocalRuntime runtime =
          open(limits(), WrittenBundle.matcher(folder, id).file("image.onnx", graph).write());
      ModelStatus status = get(runtime.load(id));
      assertEquals(ModelStatus.State.FAILED, status.state());
      assertEquals(
          "the graph [image.onnx] keeps weights in ["
              + location
              + "], allowed are the bundle's files [features.onnx, image.onnx, matching.onnx,"
              + " text.onnx, tokenizer.json, tokens.onnx]",
          status.reason());
    }
  }

  private String loadFailure(WrittenBundle bundle) throws Exception {
    Path parent = bundle.write();
    LocalRuntime runtime = open(limits(), parent);
    ModelStatus status = null;
    for (ModelStatus model : runtime.models()) {
      status = get(runtime.load(model.id()));
      assertEquals(ModelStatus.State.FAILED, status.state());
      assertEquals(0, status.reason().indexOf("role ["), status.reason());
      InferenceException error =
          failure(runtime.inference().embed(embedRequest(model.id(), text("x"))));
      assertEquals(Kind.MODEL_UNAVAILABLE, error.kind());
      assertEquals(
          "model [" + model.id() + "] cannot be used: " + status.reason(), error.getMessage());
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(folder)) {
          Files.delete(file);
        }
      }
    }
    return status.reason();
  }
}
