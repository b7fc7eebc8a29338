package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.INT64;
import static org.sightline.testsupport.onnx.OnnxWriter.attribute;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.testsupport.onnx.OnnxWriter;

/** Folders that fit no layout, and graphs that are not what their layout says. */
class LayoutRefusalTest extends HubTestCase {

  /** {@code hub-clip} with a single graph. */
  private Path single(OnnxWriter graph) throws IOException {
    Path folder = copy("hub-clip");
    HubFiles.delete(folder.resolve("onnx"));
    Files.write(folder.resolve("model.onnx"), graph.toBytes());
    return folder;
  }

  private static OnnxWriter vision(OnnxWriter graph, String... outputs) {
    graph.input("pixel_values", FLOAT, "b", 3, 32, 32);
    for (String output : outputs) {
      graph
          .node(
              "ReduceMean",
              of("pixel_values"),
              output,
              attribute("axes", true, 2, 3),
              attribute("keepdims", false, 0))
          .output(output, FLOAT, "b", 3);
    }
    return graph;
  }

  @Test
  void oneGraphMustHoldBothTowers() throws IOException {
    assertEquals(
        "the graph [model.onnx] has no output that depends on a text alone; it has [image_embeds of"
            + " [pixel_values]]; if it holds one tower, name the source of the other one as well",
        refusal(single(vision(new OnnxWriter(), "image_embeds"))));
    OnnxWriter logits =
        vision(new OnnxWriter(), "means")
            .input("input_ids", INT64, "b", 3)
            .node("Cast", of("input_ids"), "numbers", attribute("to", false, FLOAT))
            .node("Mul", of("means", "numbers"), "logits")
            .output("logits", FLOAT, "b", 3);
    assertEquals(
        "the graph [model.onnx] has no output that depends on a text alone; it has [means of"
            + " [pixel_values], logits of [input_ids, pixel_values]]; if it holds one tower, name"
            + " the source of the other one as well",
        refusal(single(logits)));
    assertEquals(
        "the graph [model.onnx] has no output that depends on a picture alone; it has [y of []]; if"
            + " it holds one tower, name the source of the other one as well",
        refusal(
            single(
                new OnnxWriter()
                    .floats("x", new long[] {1}, 1)
                    .node("Neg", of("x"), "y")
                    .output("y", FLOAT, 1))));
  }

  @Test
  void severalOutputsThatCouldBeTheEmbeddingAreNamed() throws IOException {
    Path folder = copy("hub-clip");
    Files.write(
        folder.resolve("onnx/vision_model.onnx"),
        vision(new OnnxWriter(), "a", "b", "c").toBytes());
    assertEquals(
        "the graph [vision_model.onnx] has more than one output that could be the embedding, such as"
            + " [image_embeds]; it has [a float [?,3], b float [?,3], c float [?,3]]",
        refusal(folder));
  }

  @Test
  void aGraphWithoutAMaskNeedsAKnownModelType() throws IOException {
    Path folder = copy("hub-clip");
    set(folder.resolve("config.json"), "model_type", "\"newclip\"");
    Files.write(
        folder.resolve("onnx/text_model.onnx"),
        new OnnxWriter()
            .input("input_ids", INT64, "b", "t")
            .node("Cast", of("input_ids"), "text_embeds", attribute("to", false, FLOAT))
            .output("text_embeds", FLOAT, "b", 16)
            .toBytes());
    assertEquals(
        "the text graph has no attention mask, and it is not known how texts of the model type"
            + " [newclip] are padded; a graph with a mask is needed",
        refusal(folder));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "onnx/vision_model.onnx | nearest is [onnx/vision_model.onnx], which lacks its other tower,"
            + " one of [onnx/text_model.onnx, onnx/textual_model.onnx]",
        "textual/model.onnx | nearest is [textual/model.onnx], which lacks its other tower, one of"
            + " [vision/model.onnx, visual/model.onnx, image/model.onnx]",
        "clip.onnx | nearest is one graph with both towers, if one of these is that: call it"
            + " model.onnx",
      })
  void whatFitsNoLayoutIsComparedWithAll(String graph, String nearest) throws IOException {
    Path folder = copy("hub-clip");
    HubFiles.delete(folder.resolve("onnx"));
    Path file = folder.resolve(graph);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[1]);
    assertEquals(
        "the graphs ["
            + graph
            + "] fit no layout: known are two graphs whose paths differ in one word"
            + " (onnx/vision_model.onnx and onnx/text_model.onnx; visual/model.onnx and"
            + " textual/model.onnx; image.onnx and text.onnx), one graph with both towers"
            + " (onnx/model.onnx or model.onnx), and two sources with one tower each in model.onnx; "
            + nearest,
        refusal(folder));
  }

  @Test
  void aFolderWithoutGraphsMustBeExported() throws IOException {
    Path folder = copy("hub-clip");
    HubFiles.delete(folder.resolve("onnx"));
    assertEquals(
        "no ONNX graphs are there: export the checkpoint with the package model-export"
            + " (sightline-export), which makes a bundle of it; there are [config.json,"
            + " preprocessor_config.json, tokenizer.json]",
        refusal(folder));
  }

  @Test
  void aBundleIsComplete() throws IOException {
    Path clip = copy("hub-clip");
    Path bundle = FIXTURES.resolve("tiny-clip").toAbsolutePath().normalize();
    BundleException e =
        assertThrows(
            BundleException.class, () -> importFolders(ImportOptions.none(), clip, bundle));
    assertEquals(
        "[" + bundle + "] holds a bundle, which is complete: name nothing else", e.getMessage());
    ImportOptions options =
        new ImportOptions(null, null, null, null, null, "onnx", TextConstants.NONE);
    e = assertThrows(BundleException.class, () -> importFolder(bundle, options));
    assertEquals("[--subfolder] is not for bundles: a bundle has none", e.getMessage());
  }
}
