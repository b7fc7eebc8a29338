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
import org.sightline.runtime.bundle.CleaningStep;
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

  /** What OpenCLIP's own tokenizer does to a text first. */
  private static final List<CleaningStep> LOWER =
      List.of(
          new CleaningStep.FixText(),
          new CleaningStep.HtmlUnescape(),
          new CleaningStep.HtmlUnescape(),
          new CleaningStep.CollapseWhitespace(1),
          new CleaningStep.Trim(null, null),
          new CleaningStep.Lowercase(),
          new CleaningStep.SpecialTokens(
              Map.of("<start_of_text>", "<|startoftext|>", "<end_of_text>", "<|endoftext|>")));

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
    assertEquals(
        new TextSpec(16, TextSpec.Padding.MAX_LENGTH, end, null, null, LOWER), manifest.text());
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
  void siglipCannotClassifyWithoutItsLearnedScale() throws IOException {
    Path folder = copy(NAME);
    set(folder.resolve(CONFIG), "init_logit_bias", "-10");
    assertEquals(0, importFolder(folder, ImportOptions.none()).manifest().logitScale());
    HubFiles.delete(models);
    assertEquals(-8, importFolder(folder, SIGLIP).manifest().logitBias());
  }

  @Test
  void hasOnePrecision() {
    assertEquals(
        "the folder has no graphs of precision [fp16], expected one of [fp32]",
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
    Files.write(graph, text("text", 20).toBytes());
    assertEquals(
        "role [text_embedding]: the graph [textual.onnx] must have text int32 [?,16]; it has inputs"
            + " [text int32 [1,20]] and outputs [embedding float [1,?]]",
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
    RepositoryFiles layout = RepositoryFiles.of(List.of(paths), ImportOptions.none());
    assertEquals(
        List.of(
            "config.json",
            "visual/preprocess_cfg.json",
            "textual/tokenizer.json",
            "textual/tokenizer_config.json"),
        layout.configs().stream().map(SourceFile::path).toList());
    assertEquals(
        List.of("visual/model.onnx", "textual/model.onnx"),
        layout.graphs().stream().map(SourceFile::path).toList());
  }
}
