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
        "hub-clip | config.json | model_type | 3 | must be a string, got [3]",
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
            + " [32, 32] of the preprocessing, got [[64,64]]",
        "hub-siglip | preprocessor_config.json | max_num_patches | 256 | must be left out: graphs"
            + " of patches (NaFlex) cannot be imported, got [256]",
        "hub-siglip | tokenizer_config.json | padding_side | \"left\" | must be right: texts are"
            + " filled up at their end, got [left]",
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"clean\":\"stem\"} | clean | be one of [lower, whitespace, canonicalize], got [stem]",
        "{\"strip_sep_token\":true} | strip_sep_token | be false: a bundle has no word for it, got"
            + " [true]",
        "{\"tokenizer_mode\":\"clips\"} | tokenizer_mode | be left out: a bundle has no word for"
            + " it, got [clips]",
      })
  void namesWhatABundleCannotDoToTexts(String kwargs, String key, String must) throws IOException {
    Path folder = copy("hub-openclip");
    set(folder.resolve(CONFIG), "text_cfg.tokenizer_kwargs", kwargs);
    assertEquals(
        "[config.json] [text_cfg.tokenizer_kwargs." + key + "] must " + must, refusal(folder));
  }

  @Test
  void namesAMissingKeyThatHasNoDefault() throws IOException {
    Path folder = copy("hub-clip");
    Path preprocessor = folder.resolve("preprocessor_config.json");
    set(preprocessor, "image_processor_type", "\"BitImageProcessor\"");
    for (String key : List.of("resample", "image_mean", "image_std", "size")) {
      String before = Files.readString(preprocessor);
      set(preprocessor, key, null);
      assertEquals("[preprocessor_config.json] [" + key + "] is missing", refusal(folder));
      Files.writeString(preprocessor, before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "hub-clip, config.json",
    "hub-clip, preprocessor_config.json",
    "hub-clip, tokenizer.json",
    "hub-openclip, config.json",
    "hub-openclip, visual/preprocess_cfg.json",
    "hub-openclip, textual/tokenizer.json"
  })
  void namesAMissingFileAndWhatThereIs(String fixture, String name) throws IOException {
    Path folder = copy(fixture);
    Files.delete(folder.resolve(name));
    String message = refusal(folder);
    String file = name.substring(name.lastIndexOf('/') + 1);
    assertTrue(
        message.startsWith("[" + file + "] is missing; there are " + HubFiles.paths(folder)),
        message);
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
  void siglipsLearnedScaleAndBiasBelongTogether() throws IOException {
    Path folder = copy("hub-siglip");
    assertEquals(
        "--logit-scale of a SigLIP needs --logit-bias, the checkpoint's [logit_bias]",
        refusal(folder, new ImportOptions(null, null, 20f, null, null)));
    assertEquals(
        "--logit-bias needs --logit-scale, which is exp() of the checkpoint's [logit_scale]",
        refusal(folder, new ImportOptions(null, null, null, -8f, null)));
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
        "[onnx] has no graphs of precision [fp16], expected one of [fp32, quantized]",
        refusal(folder, new ImportOptions(null, null, null, null, "fp16")));
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
        "the graph [text_model.onnx] has no output that could be the embedding, such as"
            + " [text_embeds]; it has [pooler_output float [?,?]]",
        graphRefusal(text("pooler_output")));
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
            + " missing; beside it are [text_model.onnx, vision_model.onnx]",
        graphRefusal(text("text_embeds").external("weights", "text_model.onnx_data", 3, 16)));
  }

  @Test
  void refusesWhatIsNoOnnxFile() throws IOException {
    Path folder = copy("hub-clip");
    Files.write(folder.resolve("onnx/text_model.onnx"), new byte[] {58, 127, 1, 2, 3});
    assertEquals("[onnx/text_model.onnx] is not an ONNX file", refusal(folder));
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
                    .run(ModelSource.of(List.of(folder)), Runnable::run));
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
