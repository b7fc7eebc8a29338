package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.INT64;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.testsupport.onnx.OnnxWriter;

/** What cannot be derived is refused by file and key, and leaves nothing behind. */
class HubRefusalTest extends HubTestCase {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";

  private String refusal(Path folder, ImportOptions options) {
    BundleException e = assertThrows(BundleException.class, () -> importFolder(folder, options));
    assertEquals(List.of(), installed(), e.getMessage());
    return e.getMessage();
  }

  private String refusal(Path folder) {
    return refusal(folder, ImportOptions.none());
  }

  private String changed(String file, Consumer<JsonObject> change) throws IOException {
    Path folder = copy("hub-clip");
    change(folder.resolve(file), change);
    return refusal(folder);
  }

  @Test
  void namesAnUnknownModelType() throws IOException {
    assertEquals(
        "[config.json] [model_type] must be one of [clip, siglip], got [blip]",
        changed(CONFIG, json -> json.addProperty("model_type", "blip")));
  }

  @Test
  void namesAMissingModelType() throws IOException {
    assertEquals(
        "[config.json] has no [model_type]", changed(CONFIG, json -> json.remove("model_type")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "preprocessor_config.json", "tokenizer.json"})
  void namesAMissingFileAndWhatThereIs(String name) throws IOException {
    Path folder = copy("hub-clip");
    Files.delete(folder.resolve(name));
    assertEquals(
        "[" + name + "] is missing; the folder has " + HubFiles.names(folder), refusal(folder));
  }

  @Test
  void namesAFolderThatDoesNotExist() {
    Path folder = temporary.resolve("nowhere");
    assertEquals("[" + folder + "] is not a folder", refusal(folder));
  }

  @Test
  void namesBrokenJson() throws IOException {
    Path folder = copy("hub-clip");
    Files.writeString(folder.resolve(CONFIG), "[]");
    assertEquals("[config.json] must be a JSON object", refusal(folder));
    Files.writeString(folder.resolve(CONFIG), "{");
    assertEquals(
        "[config.json] cannot be read as JSON: End of input at line 1 column 2 path $.",
        refusal(folder));
    Files.write(folder.resolve(CONFIG), new byte[(1 << 20) + 1]);
    assertEquals("[config.json] has 1048577 bytes, allowed are at most 1048576", refusal(folder));
  }

  @Test
  void namesATokenizerThatIsNone() throws IOException {
    Path folder = copy("hub-clip");
    Files.writeString(folder.resolve("tokenizer.json"), "[]");
    assertEquals(
        "[tokenizer.json] is not a tokenizer: Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1"
            + " column 2 path $",
        refusal(folder));
  }

  @Test
  void namesAPointerOfGitLfs() throws IOException {
    Path folder = copy("hub-clip");
    Files.writeString(
        folder.resolve("onnx/text_model.onnx"),
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n");
    assertEquals(
        "[onnx/text_model.onnx] is a pointer of Git LFS: fetch the file itself (git lfs pull)",
        refusal(folder));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "do_resize | false | be true",
        "do_rescale | false | be true",
        "do_center_crop | false | be true",
        "do_pad | true | be false",
        "do_flip_channel_order | true | be false",
        "do_resize | 1 | be true or false",
        "rescale_factor | 1 | be 1/255",
        "resample | 1 | be 2 (bilinear) or 3 (bicubic)",
        "resample | 9 | be an integer in [0, 5]",
        "crop_size | 24 | equal the size [32x32]",
        "image_mean | 0 | be 3 numbers",
        "size | 0 | be an integer in [1, 4096]",
        "size | true | be an object",
      })
  void namesAStepThatABundleCannotExpress(String key, String value, String must)
      throws IOException {
    assertEquals(
        "[preprocessor_config.json] [" + key + "] must " + must + ", got [" + value + "]",
        changed(PREPROCESSOR, json -> json.add(key, JsonParser.parseString(value))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"resample", "image_mean", "image_std", "size"})
  void namesAMissingKey(String key) throws IOException {
    assertEquals(
        "[preprocessor_config.json] has no [" + key + "]",
        changed(PREPROCESSOR, json -> json.remove(key)));
  }

  @Test
  void namesASizeOfAnotherKind() throws IOException {
    assertEquals(
        "[preprocessor_config.json] [size] must have [shortest_edge], or [height] and [width],"
            + " got [{\"longest_edge\":32}]",
        changed(
            PREPROCESSOR,
            json -> {
              json.remove("size");
              JsonObject size = new JsonObject();
              size.addProperty("longest_edge", 32);
              json.add("size", size);
            }));
  }

  @Test
  void theConfigsMustAgreeOnTheSize() throws IOException {
    assertEquals(
        "[config.json] [vision_config.image_size] must equal the size [32x32] of the preprocessor,"
            + " got [64]",
        changed(
            CONFIG, json -> json.getAsJsonObject("vision_config").addProperty("image_size", 64)));
  }

  @Test
  void asksForSiglipsLearnedScaleAndBias() throws IOException {
    Path folder = copy("hub-siglip");
    assertEquals(
        "the folder does not hold SigLIP's learned scale: give --logit-scale, which is exp() of"
            + " the checkpoint's [logit_scale], and --logit-bias",
        refusal(folder));
    assertEquals(
        "the folder does not hold SigLIP's learned bias: give --logit-bias, the checkpoint's"
            + " [logit_bias]",
        refusal(folder, new ImportOptions(null, null, 20f, null, null)));
  }

  @Test
  void siglipNeedsItsPadToken() throws IOException {
    Path folder = copy("hub-siglip");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": \"<none>\"}");
    assertEquals(
        "[tokenizer_config.json] [pad_token] names [<none>], which [tokenizer.json] does not know",
        refusal(folder, SIGLIP));
    Files.delete(folder.resolve("tokenizer_config.json"));
    change(
        folder.resolve(CONFIG), json -> json.getAsJsonObject("text_config").remove("pad_token_id"));
    assertEquals(
        "[tokenizer_config.json] has no [pad_token], which SigLIP reads", refusal(folder, SIGLIP));
  }

  @Test
  void saysWhichPrecisionsExist() throws IOException {
    Path folder = copy("hub-clip");
    Path graphs = folder.resolve("onnx");
    for (String graph : List.of("vision_model", "text_model")) {
      for (String suffix : List.of("_quantized", "_fp16")) {
        Files.copy(graphs.resolve(graph + ".onnx"), graphs.resolve(graph + suffix + ".onnx"));
      }
    }
    assertEquals(
        "[onnx] has the graphs in several precisions: say which one with --precision, one of"
            + " [fp32, fp16, quantized]",
        refusal(folder));
    Files.delete(graphs.resolve("text_model_fp16.onnx"));
    assertEquals(
        "[onnx] has no [text_model] of precision [fp16], expected one of [fp32, quantized]",
        refusal(folder, new ImportOptions(null, null, null, null, "fp16")));
  }

  @Test
  void namesMissingGraphs() throws IOException {
    Path folder = copy("hub-clip");
    Path graphs = folder.resolve("onnx");
    Files.move(graphs.resolve("text_model.onnx"), graphs.resolve("model.onnx"));
    assertEquals(
        "[onnx] must have vision_model.onnx and text_model.onnx of the same precision, got"
            + " [model.onnx, vision_model.onnx]",
        refusal(folder));
    HubFiles.delete(graphs);
    assertEquals(
        "the folder [onnx] is missing; the folder has "
            + "[config.json, preprocessor_config.json, tokenizer.json]",
        refusal(folder));
  }

  private static OnnxWriter text(String output) {
    return new OnnxWriter()
        .input("input_ids", INT64, "b", "t")
        .node("Cast", of("input_ids"), output, OnnxWriter.attribute("to", false, FLOAT))
        .output(output, FLOAT, "b", "t");
  }

  private String graphRefusal(String fixture, OnnxWriter graph, ImportOptions options)
      throws IOException {
    Path folder = copy(fixture);
    Files.write(folder.resolve("onnx/text_model.onnx"), graph.toBytes());
    return refusal(folder, options);
  }

  @Test
  void namesTheOutputThatAGraphLacks() throws IOException {
    assertEquals(
        "the graph [text_model.onnx] has no output [text_embeds]; it has [last_hidden_state]",
        graphRefusal("hub-clip", text("last_hidden_state"), ImportOptions.none()));
  }

  @Test
  void namesTheInputThatNobodyCanFill() throws IOException {
    assertEquals(
        "the graph [text_model.onnx] needs an input [position_ids] that nobody can fill; it has"
            + " [input_ids, position_ids]",
        graphRefusal(
            "hub-clip",
            text("text_embeds").input("position_ids", INT64, "b", "t"),
            ImportOptions.none()));
  }

  @Test
  void siglipTakesNoMask() throws IOException {
    assertEquals(
        "the graph [text_model.onnx] has an input [attention_mask]: SigLIP reads its padding, a"
            + " mask would hide it",
        graphRefusal(
            "hub-siglip", text("pooler_output").input("attention_mask", INT64, "b", "t"), SIGLIP));
  }

  @Test
  void theGraphsMustGiveTheSameLength() throws IOException {
    assertEquals(
        "the graphs do not fit each other: [vision_model.onnx] gives 16 numbers, [text_model.onnx]"
            + " 7",
        graphRefusal(
            "hub-clip",
            new OnnxWriter()
                .input("input_ids", INT64, "b", "t")
                .node(
                    "Cast",
                    of("input_ids"),
                    "text_embeds",
                    OnnxWriter.attribute("to", false, FLOAT))
                .output("text_embeds", FLOAT, "b", 7),
            ImportOptions.none()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../weights.bin", "/etc/passwd", "data/weights.bin", "tokenizer.json"})
  void refusesWeightsThatDoNotLieBesideTheGraph(String location) throws IOException {
    assertEquals(
        "the graph [onnx/text_model.onnx] keeps weights in ["
            + location
            + "], allowed are plain names of files beside it",
        graphRefusal(
            "hub-clip",
            text("text_embeds").external("weights", location, 3, 16),
            ImportOptions.none()));
  }

  @Test
  void namesWeightsThatAreMissing() throws IOException {
    assertEquals(
        "the graph [onnx/text_model.onnx] keeps weights in [text_model.onnx_data], which is"
            + " missing; [onnx] has [text_model.onnx, vision_model.onnx]",
        graphRefusal(
            "hub-clip",
            text("text_embeds").external("weights", "text_model.onnx_data", 3, 16),
            ImportOptions.none()));
  }

  @Test
  void refusesWhatIsNoOnnxFile() throws IOException {
    Path folder = copy("hub-clip");
    Files.write(folder.resolve("onnx/text_model.onnx"), new byte[] {58, 127, 1, 2, 3});
    assertEquals("[onnx/text_model.onnx] is not an ONNX file", refusal(folder));
  }

  @Test
  void whatTheRuntimeRefusesLeavesNothing() throws IOException {
    Path folder = copy("hub-clip");
    // opens and has the right names, but gives nothing that can be normalised
    Files.write(
        folder.resolve("onnx/text_model.onnx"),
        new OnnxWriter()
            .input("input_ids", INT64, "b", "t")
            .integers("axis", 1)
            .node("Cast", of("input_ids"), "values", OnnxWriter.attribute("to", false, FLOAT))
            .node(
                "ReduceSum",
                of("values", "axis"),
                "sum",
                OnnxWriter.attribute("keepdims", false, 1))
            .floats("zeros", new long[] {1, 16}, new float[16])
            .node("MatMul", of("sum", "zeros"), "text_embeds")
            .output("text_embeds", FLOAT, "b", 16)
            .toBytes());
    BundleException e =
        assertThrows(BundleException.class, () -> importFolder(folder, ImportOptions.none()));
    assertEquals(
        "the trial run failed at role [text_embedding], output [text_embeds] of the graph"
            + " [text_model.onnx]: the model gave a vector that cannot be normalised: its length"
            + " is 0.0",
        e.getMessage());
    assertEquals(List.of(), installed());
  }

  @Test
  void refusesIdsThatAreNone() throws IOException {
    Path folder = copy("hub-clip");
    assertEquals(
        "[--id] must match [a-z0-9][a-z0-9._-]{0,99}, got [../x]",
        refusal(folder, new ImportOptions("../x", null, null, null, null)));
    Path renamed = Files.move(folder, temporary.resolve("my clip"));
    assertEquals(
        "the folder's name [my clip] is no model id: give one with --id, which must match"
            + " [a-z0-9][a-z0-9._-]{0,99}",
        refusal(renamed));
  }

  @Test
  void anIdExistsOnce() throws IOException {
    Path folder = copy("hub-clip");
    Bundle first = importFolder(folder, ImportOptions.none());
    BundleException e =
        assertThrows(BundleException.class, () -> importFolder(folder, ImportOptions.none()));
    assertEquals(
        "the model [hub-clip] exists already in ["
            + models.toAbsolutePath()
            + "]: remove it or give --id",
        e.getMessage());
    trial(first); // and is untouched
    e =
        assertThrows(
            BundleException.class,
            () ->
                new ModelImport(temporary.resolve("other"), List.of(models), ImportOptions.none())
                    .run(folder, Runnable::run));
    assertEquals(
        "the model [hub-clip] exists already in [" + models + "]: give another --id",
        e.getMessage());
  }

  @Test
  void anImportThatIsUnderWayIsLeftAlone() throws IOException {
    Path folder = copy("hub-clip");
    Path staging = Files.createDirectories(models.resolve(".importing-hub-clip"));
    Path half = Files.writeString(staging.resolve("half"), "half");
    BundleException e =
        assertThrows(BundleException.class, () -> importFolder(folder, ImportOptions.none()));
    assertEquals(
        "another import of [hub-clip] is under way, or one was cut off: if none runs, remove ["
            + staging.toAbsolutePath()
            + "]",
        e.getMessage());
    assertTrue(Files.exists(half));
  }
}
