package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.INT32;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
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
    assertEquals(
        new ImageSpec(
            32,
            32,
            ImageSpec.Resize.SHORTEST_EDGE,
            ImageSpec.Interpolation.BICUBIC,
            ImageSpec.Crop.CENTER,
            List.of(0.48145466f, 0.4578275f, 0.40821073f),
            List.of(0.26862954f, 0.26130258f, 0.27577711f),
            ImageSpec.Transparency.DROP,
            ImageSpec.Orientation.EXIF),
        manifest.image());
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

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  private ImageSpec image(Consumer<JsonObject> change) throws IOException {
    HubFiles.delete(temporary.resolve(NAME));
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
    change(folder.resolve("textual/tokenizer.json"), json -> json.remove("padding"));
    BundleManifest manifest = importFolder(folder, ImportOptions.none()).manifest();
    assertEquals(0, manifest.text().padTokenId());
  }

  private String refusal(Path folder, ImportOptions options) {
    BundleException e = assertThrows(BundleException.class, () -> importFolder(folder, options));
    assertEquals(List.of(), installed(), e.getMessage());
    return e.getMessage();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mode | \"L\" | be RGB",
        "interpolation | \"random\" | be bicubic or bilinear",
        "resize_mode | \"longest\" | be shortest or squash",
        "size | [32,16] | be square where [resize_mode] is shortest",
        "size | [32] | be an integer, or height and width",
        "size | [32,0] | be integers in [1, 4096]",
        "std | [1,0,1] | be above 0",
        "mean | [1] | be 3 numbers",
      })
  void namesAStepThatABundleCannotExpress(String key, String value, String must)
      throws IOException {
    Path folder = copy(NAME);
    change(folder.resolve(CONFIG), json -> json.getAsJsonObject("vision_cfg").remove("image_size"));
    change(folder.resolve(PREPROCESSING), json -> json.add(key, JsonParser.parseString(value)));
    assertEquals(
        "[visual/preprocess_cfg.json] ["
            + key
            + "] must "
            + must
            + ", got ["
            + value.replace("\"", "")
            + "]",
        refusal(folder, ImportOptions.none()));
  }

  @Test
  void theConfigsMustAgreeOnTheSize() throws IOException {
    Path folder = copy(NAME);
    JsonArray size = new JsonArray();
    size.add(64);
    size.add(64);
    change(
        folder.resolve(CONFIG), json -> json.getAsJsonObject("vision_cfg").add("image_size", size));
    assertEquals(
        "[config.json] [vision_cfg.image_size] must equal the size [32, 32] of"
            + " [visual/preprocess_cfg.json], got [[64,64]]",
        refusal(folder, ImportOptions.none()));
  }

  @Test
  void siglipNeedsItsLearnedScaleAndBias() throws IOException {
    Path folder = copy(NAME);
    change(folder.resolve(CONFIG), json -> json.addProperty("init_logit_bias", -10));
    assertEquals(
        "the folder does not hold SigLIP's learned scale: give --logit-scale, which is exp() of"
            + " the checkpoint's [logit_scale], and --logit-bias",
        refusal(folder, ImportOptions.none()));
    assertEquals(-8, importFolder(folder, SIGLIP).manifest().logitBias());
  }

  @Test
  void textsThatMustBeCleanedAreRefused() throws IOException {
    Path folder = copy(NAME);
    JsonObject clean = new JsonObject();
    clean.addProperty("clean", "canonicalize");
    change(
        folder.resolve(CONFIG),
        json -> json.getAsJsonObject("text_cfg").add("tokenizer_kwargs", clean));
    assertEquals(
        "[config.json] [text_cfg.tokenizer_kwargs.clean] must be [lower] or [whitespace], because"
            + " a bundle has no word for cleaning texts, got [canonicalize]",
        refusal(folder, ImportOptions.none()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "visual/preprocess_cfg.json",
        "visual/model.onnx",
        "textual/model.onnx",
        "textual/tokenizer.json"
      })
  void namesAMissingFile(String name) throws IOException {
    Path folder = copy(NAME);
    Files.delete(folder.resolve(name));
    String message = refusal(folder, ImportOptions.none());
    assertEquals("[" + name + "] is missing; ", message.substring(0, name.length() + 15), message);
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
        "the graph [textual.onnx] has no input [text]; it has [input_ids]",
        refusal(folder, ImportOptions.none()));
    Files.write(graph, text("text", 20).toBytes());
    BundleException e =
        assertThrows(BundleException.class, () -> importFolder(folder, ImportOptions.none()));
    assertEquals(
        "role [text_embedding]: the graph [textual.onnx] must have text int32 [?,16]; it has inputs"
            + " [text int32 [1,20]] and outputs [embedding float [1,?]]",
        e.getMessage());
    assertEquals(List.of(), installed());
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
        refusal(folder, ImportOptions.none()));
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
