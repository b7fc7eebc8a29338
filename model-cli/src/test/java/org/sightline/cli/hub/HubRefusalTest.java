package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.INT64;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hub-clip | config.json | model_type | \"blip\" | must be one of [clip, siglip], got"
            + " [blip]",
        "hub-clip | preprocessor_config.json | do_resize | false | must be true, got [false]",
        "hub-clip | preprocessor_config.json | do_rescale | false | must be true, got [false]",
        "hub-clip | preprocessor_config.json | do_center_crop | false | must be true, got"
            + " [false]",
        "hub-clip | preprocessor_config.json | do_pad | true | must be false, got [true]",
        "hub-clip | preprocessor_config.json | do_flip_channel_order | true | must be false,"
            + " got [true]",
        "hub-clip | preprocessor_config.json | do_resize | 1 | must be true or false, got [1]",
        "hub-clip | preprocessor_config.json | rescale_factor | 1 | must be 1/255, got [1]",
        "hub-clip | preprocessor_config.json | resample | 1 | must be 2 (bilinear) or 3"
            + " (bicubic), got [1]",
        "hub-clip | preprocessor_config.json | resample | 9 | must be an integer in [0, 5],"
            + " got [9]",
        "hub-clip | preprocessor_config.json | crop_size | 24 | must equal the size [32x32],"
            + " got [24]",
        "hub-clip | preprocessor_config.json | image_mean | 0 | must be an array of 3 numbers, got [0]",
        "hub-clip | preprocessor_config.json | size | 0 | must be an integer in [1, 4096],"
            + " got [0]",
        "hub-clip | preprocessor_config.json | size | true | must be an object, got [true]",
        "hub-clip | preprocessor_config.json | size | {\"longest_edge\":32} | must have"
            + " [shortest_edge], or [height] and [width], got [{\"longest_edge\":32}]",
        "hub-clip | config.json | vision_config.image_size | 64 | must equal the size [32x32]"
            + " of the preprocessor, got [64]",
        "hub-openclip | visual/preprocess_cfg.json | mode | \"L\" | must be RGB, got [L]",
        "hub-openclip | visual/preprocess_cfg.json | interpolation | \"random\" | must be"
            + " bicubic or bilinear, got [random]",
        "hub-openclip | visual/preprocess_cfg.json | resize_mode | \"longest\" | must be"
            + " shortest or squash, got [longest]",
        "hub-openclip | visual/preprocess_cfg.json | size | [32,16] | must be square where"
            + " [resize_mode] is shortest, got [[32,16]]",
        "hub-openclip | visual/preprocess_cfg.json | size | [32] | must be an integer, or"
            + " height and width, got [[32]]",
        "hub-openclip | visual/preprocess_cfg.json | size | [32,0] | must be integers in [1,"
            + " 4096], got [[32,0]]",
        "hub-openclip | visual/preprocess_cfg.json | std | [1,0,1] | must be above 0, got"
            + " [[1,0,1]]",
        "hub-openclip | visual/preprocess_cfg.json | mean | [1] | must be an array of 3 numbers, got [[1]]",
        "hub-openclip | config.json | vision_cfg.image_size | [64,64] | must equal the size"
            + " [32, 32] of [visual/preprocess_cfg.json], got [[64,64]]",
      })
  void namesAValueThatABundleCannotExpress(
      String fixture, String file, String path, String value, String message) throws IOException {
    Path folder = copy(fixture);
    if (fixture.equals("hub-openclip")) {
      set(folder.resolve(CONFIG), "vision_cfg.image_size", null); // which says the size as well
    }
    set(folder.resolve(file), path, value);
    assertEquals("[" + file + "] [" + path + "] " + message, refusal(folder));
  }

  @Test
  void textsThatMustBeCleanedAreRefused() throws IOException {
    Path folder = copy("hub-openclip");
    set(folder.resolve(CONFIG), "text_cfg.tokenizer_kwargs", "{\"clean\":\"canonicalize\"}");
    assertEquals(
        "[config.json] [text_cfg.tokenizer_kwargs.clean] must be [lower] or [whitespace], because"
            + " a bundle has no word for cleaning texts, got [canonicalize]",
        refusal(folder));
  }

  @ParameterizedTest
  @CsvSource({
    "config.json, model_type",
    "preprocessor_config.json, resample",
    "preprocessor_config.json, image_mean",
    "preprocessor_config.json, image_std",
    "preprocessor_config.json, size"
  })
  void namesAMissingKey(String file, String key) throws IOException {
    Path folder = copy("hub-clip");
    set(folder.resolve(file), key, null);
    assertEquals("[" + file + "] [" + key + "] is missing", refusal(folder));
  }

  @ParameterizedTest
  @CsvSource({
    "hub-clip, config.json",
    "hub-clip, preprocessor_config.json",
    "hub-clip, tokenizer.json",
    "hub-openclip, config.json",
    "hub-openclip, visual/preprocess_cfg.json",
    "hub-openclip, visual/model.onnx",
    "hub-openclip, textual/model.onnx",
    "hub-openclip, textual/tokenizer.json"
  })
  void namesAMissingFileAndWhatThereIs(String fixture, String name) throws IOException {
    Path folder = copy(fixture);
    Files.delete(folder.resolve(name));
    assertEquals(
        "[" + name + "] is missing; the folder has " + HubFiles.names(folder), refusal(folder));
  }

  @Test
  void namesBrokenJson() throws IOException {
    Path folder = copy("hub-clip");
    Files.writeString(folder.resolve(CONFIG), "[]");
    assertEquals("[config.json] must be one JSON object", refusal(folder));
    Files.writeString(folder.resolve(CONFIG), "{");
    assertEquals(
        "[config.json] is not valid JSON: End of input at line 1 column 2 path $.",
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
    set(folder.resolve(CONFIG), "text_config.pad_token_id", null);
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
    Files.write(folder.resolve("model.onnx"), new byte[1]);
    assertEquals(
        "the folder [onnx] is missing; the folder has "
            + "[config.json, model.onnx, preprocessor_config.json, tokenizer.json]",
        refusal(folder));
  }

  private static OnnxWriter text(String output) {
    return new OnnxWriter()
        .input("input_ids", INT64, "b", "t")
        .node("Cast", of("input_ids"), output, OnnxWriter.attribute("to", false, FLOAT))
        .output(output, FLOAT, "b", "t");
  }

  private String graphRefusal(OnnxWriter graph) throws IOException {
    Path folder = copy("hub-clip");
    Files.write(folder.resolve("onnx/text_model.onnx"), graph.toBytes());
    return refusal(folder);
  }

  @Test
  void namesTheOutputThatAGraphLacks() throws IOException {
    assertEquals(
        "the graph [text_model.onnx] has no output [text_embeds]; it has [last_hidden_state]",
        graphRefusal(text("last_hidden_state")));
  }

  @Test
  void namesTheInputThatNobodyCanFill() throws IOException {
    assertEquals(
        "the graph [text_model.onnx] needs an input [position_ids] that nobody can fill; it has"
            + " [input_ids, position_ids]",
        graphRefusal(text("text_embeds").input("position_ids", INT64, "b", "t")));
  }

  @Test
  void siglipTakesNoMask() throws IOException {
    Path folder = copy("hub-siglip");
    OnnxWriter masked = text("pooler_output").input("attention_mask", INT64, "b", "t");
    Files.write(folder.resolve("onnx/text_model.onnx"), masked.toBytes());
    assertEquals(
        "the graph [text_model.onnx] has an input [attention_mask]: SigLIP reads its padding, a"
            + " mask would hide it",
        refusal(folder, SIGLIP));
  }

  @Test
  void theGraphsMustGiveTheSameLength() throws IOException {
    assertEquals(
        "the graphs do not fit each other: [vision_model.onnx] gives 16 numbers, [text_model.onnx]"
            + " 7",
        graphRefusal(
            new OnnxWriter()
                .input("input_ids", INT64, "b", "t")
                .node(
                    "Cast",
                    of("input_ids"),
                    "text_embeds",
                    OnnxWriter.attribute("to", false, FLOAT))
                .output("text_embeds", FLOAT, "b", 7)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../weights.bin", "/etc/passwd", "data/weights.bin", "tokenizer.json"})
  void refusesWeightsThatDoNotLieBesideTheGraph(String location) throws IOException {
    assertEquals(
        "the graph [onnx/text_model.onnx] keeps weights in ["
            + location
            + "], allowed are plain names of files beside it",
        graphRefusal(text("text_embeds").external("weights", location, 3, 16)));
  }

  @Test
  void namesWeightsThatAreMissing() throws IOException {
    assertEquals(
        "the graph [onnx/text_model.onnx] keeps weights in [text_model.onnx_data], which is"
            + " missing; [onnx] has [text_model.onnx, vision_model.onnx]",
        graphRefusal(text("text_embeds").external("weights", "text_model.onnx_data", 3, 16)));
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
    assertEquals(
        "the trial run failed at role [text_embedding], output [text_embeds] of the graph"
            + " [text_model.onnx]: the model gave a vector that cannot be normalised: its length"
            + " is 0.0",
        refusal(folder));
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
