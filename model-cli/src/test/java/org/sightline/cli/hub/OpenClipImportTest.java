package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.INT32;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.inference.Role;
import org.sightline.testsupport.onnx.OnnxWriter;

/** OpenCLIP models in the layout in which Immich publishes them. */
class OpenClipImportTest extends HubTestCase {
  private static final String NAME = "hub-openclip";
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSING = "visual/preprocess_cfg.json";

  @Test
  void givesWhatOpenClipGives() throws Exception {
    Bundle bundle = importFolder(FIXTURES.resolve(NAME), ImportOptions.none());
    assertEqualsReference(bundle, NAME + ".reference.json");
    assertEquals(List.of(NAME), installed());
  }

  @Test
  void derivesTheManifest() throws Exception {
    ImportOptions options = new ImportOptions("mine", "MIT", null, null, "fp32");
    BundleManifest manifest = importFolder(FIXTURES.resolve(NAME), options).manifest();
    assertEquals("openclip", manifest.family());
    assertEquals(16, manifest.dimensions());
    assertEquals(100, manifest.logitScale());
    assertEquals(0, manifest.logitBias());
    assertEquals(CLIP_IMAGE.withCropRounding(ImageSpec.CropRounding.HALF_EVEN), manifest.image());
    JsonObject tokenizer = json(FIXTURES.resolve(NAME).resolve("textual/tokenizer.json"));
    int end = -1;
    for (var token : tokenizer.getAsJsonArray("added_tokens")) {
      if (token.getAsJsonObject().get("content").getAsString().equals("<|endoftext|>")) {
        end = token.getAsJsonObject().get("id").getAsInt();
      }
    }
    assertEquals(new TextSpec(16, TextSpec.Padding.MAX_LENGTH, end, null, null), manifest.text());
    assertEquals(
        Map.of(
            Role.IMAGE_EMBEDDING,
            new RoleSpec(
                "visual.onnx", Map.of("pixels", "image"), Map.of("embedding", "embedding")),
            Role.TEXT_EMBEDDING,
            new RoleSpec("textual.onnx", Map.of("ids", "text"), Map.of("embedding", "embedding"))),
        manifest.roles());
    assertEquals(
        Set.of("visual.onnx", "textual.onnx", "tokenizer.json"), manifest.files().keySet());
  }

  private ImageSpec image(Consumer<JsonObject> change) throws IOException {
    HubFiles.delete(models);
    Path folder = copy(NAME);
    change(folder.resolve(PREPROCESSING), change);
    return importFolder(folder, ImportOptions.none()).manifest().image();
  }

  @Test
  void readsWhatOpenClipsPreprocessingSays() throws IOException {
    ImageSpec squashed =
        image(
            json -> {
              json.addProperty("resize_mode", "squash");
              json.addProperty("interpolation", "bilinear");
              json.addProperty("size", 32);
            });
    assertEquals(ImageSpec.Resize.SQUASH, squashed.resize());
    assertEquals(ImageSpec.Crop.NONE, squashed.crop());
    assertEquals(ImageSpec.Interpolation.BILINEAR, squashed.interpolation());
    // older files have neither mode nor resize_mode
    ImageSpec older =
        image(
            json -> {
              json.remove("resize_mode");
              json.remove("mode");
            });
    assertEquals(ImageSpec.Resize.SHORTEST_EDGE, older.resize());
  }

  @Test
  void withoutAPadTokenZeroFillsUp() throws IOException {
    Path folder = copy(NAME);
    Files.delete(folder.resolve("textual/tokenizer_config.json"));
    set(folder.resolve("textual/tokenizer.json"), "padding", null);
    BundleManifest manifest = importFolder(folder, ImportOptions.none()).manifest();
    assertEquals(0, manifest.text().padTokenId());
  }

  @Test
  void siglipNeedsItsLearnedScaleAndBias() throws IOException {
    Path folder = copy(NAME);
    set(folder.resolve(CONFIG), "init_logit_bias", "-10");
    assertEquals(
        "the folder does not hold SigLIP's learned scale: give --logit-scale, which is exp() of"
            + " the checkpoint's [logit_scale], and --logit-bias",
        refusal(folder));
    assertEquals(-8, importFolder(folder, SIGLIP).manifest().logitBias());
  }

  @Test
  void hasOnePrecision() {
    assertEquals(
        "[--precision] must be fp32 for a folder with [visual/model.onnx], got [fp16]",
        refusal(FIXTURES.resolve(NAME), new ImportOptions(null, null, null, null, "fp16")));
  }

  private static OnnxWriter text(String input, int length) {
    return new OnnxWriter()
        .input(input, INT32, 1, length)
        .node("Cast", OnnxWriter.of(input), "embedding", OnnxWriter.attribute("to", false, FLOAT))
        .output("embedding", FLOAT, 1, 16);
  }

  @Test
  void aTextGraphOfAnotherKindIsRefused() throws IOException {
    Path folder = copy(NAME);
    Path graph = folder.resolve("textual/model.onnx");
    Files.write(graph, text("input_ids", 16).toBytes());
    assertEquals(
        "the graph [textual.onnx] has no input [text]; it has [input_ids]", refusal(folder));
    Files.write(graph, text("text", 20).toBytes());
    assertEquals(
        "role [text_embedding]: the graph [textual.onnx] must have text int32 [?,16]; it has inputs"
            + " [text int32 [1,20]] and outputs [embedding float [1,?]]",
        refusal(folder));
  }

  @Test
  void weightsOfBothGraphsCannotHaveTheSameName() throws IOException {
    Path folder = copy(NAME);
    for (String side : new String[] {"visual", "textual"}) {
      Files.write(
          folder.resolve(side + "/model.onnx"),
          text("text", 16).external("weights", "model.onnx.data", 3).toBytes());
      Files.write(folder.resolve(side + "/model.onnx.data"), new byte[12]);
    }
    assertEquals(
        "the graph [textual/model.onnx] keeps weights in [model.onnx.data], a name that the other"
            + " graph's weights have as well",
        refusal(folder));
  }

  @Test
  void aRepositoryIsRecognised() {
    List<String> paths =
        List.of(
            "README.md",
            "config.json",
            "visual/preprocess_cfg.json",
            "visual/model.onnx",
            "visual/fp16/model.armnn",
            "textual/model.onnx",
            "textual/tokenizer.json",
            "textual/tokenizer_config.json");
    RepositoryFiles layout = RepositoryFiles.of(paths, null);
    assertEquals(
        List.of(
            "config.json",
            "visual/preprocess_cfg.json",
            "textual/tokenizer.json",
            "textual/tokenizer_config.json"),
        layout.configs());
    assertEquals(List.of("visual/model.onnx", "textual/model.onnx"), layout.graphs());
  }
}
