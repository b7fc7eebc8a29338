package org.sightline.cli.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.sightline.testsupport.onnx.OnnxWriter.BOOL;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.INT64;
import static org.sightline.testsupport.onnx.OnnxWriter.attribute;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.cli.onnx.OnnxGraph.Changes;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.OnnxFile;
import org.sightline.runtime.onnx.OnnxSession;
import org.sightline.runtime.onnx.TensorSpec;
import org.sightline.testsupport.onnx.OnnxWriter;

/** Graphs that are cut give what the whole graph gives. */
class OnnxGraphTest {
  @TempDir private Path folder;

  /** Two towers that share a constant, and an output that needs both. */
  private static OnnxWriter towers() {
    return new OnnxWriter()
        .input("pixels", FLOAT, "images", 2)
        .input("ids", INT64, "texts", 2)
        .floats("shared", new long[] {2, 3}, 1, 2, 3, 4, 5, 6)
        .floats("offset", new long[] {3}, 10, 20, 30)
        .node("Cast", of("ids"), "numbers", attribute("to", false, FLOAT))
        .node("MatMul", of("pixels", "shared"), "image_embeds")
        .node("MatMul", of("numbers", "shared"), "product")
        .node("Add", of("product", "offset"), "text_embeds")
        .node("Transpose", of("text_embeds"), "turned", attribute("perm", true, 1, 0))
        .node("MatMul", of("image_embeds", "turned"), "logits")
        .output("logits", FLOAT, "images", "texts")
        .output("image_embeds", FLOAT, "images", 3)
        .output("text_embeds", FLOAT, "texts", 3);
  }

  private OnnxGraph read(OnnxWriter graph) throws Exception {
    return OnnxGraph.read(Files.write(folder.resolve("whole.onnx"), graph.toBytes()), "whole");
  }

  private OnnxSession cut(OnnxGraph graph, String... outputs) throws Exception {
    Path file = Files.createTempDirectory(folder, "cut").resolve("cut.onnx");
    graph.write(file, new Changes(Set.of(outputs), Map.of()));
    return OnnxSession.open(file, 1, Device.CPU);
  }

  private static InputTensor pixels(float... values) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder()).asFloatBuffer();
    return new InputTensor.Floats(buffer.put(values).flip(), values.length / 2, 2);
  }

  private static InputTensor ids(long... values) {
    LongBuffer buffer =
        ByteBuffer.allocateDirect(8 * values.length).order(ByteOrder.nativeOrder()).asLongBuffer();
    return new InputTensor.Longs(buffer.put(values).flip(), values.length / 2, 2);
  }

  private static float[] run(OnnxSession session, Map<String, InputTensor> inputs, String output) {
    try {
      return session.run(inputs, Set.of(output)).get(output).data();
    } finally {
      session.decRef();
    }
  }

  @Test
  void saysWhatEachOutputDependsOn() throws Exception {
    OnnxGraph graph = read(towers());
    assertEquals(
        List.of("pixels float [?,2]", "ids int64 [?,2]"),
        graph.inputs().values().stream().map(TensorSpec::toString).toList());
    assertEquals(Set.of("pixels"), graph.dependencies("image_embeds"));
    assertEquals(Set.of("ids"), graph.dependencies("text_embeds"));
    assertEquals(Set.of("ids", "pixels"), graph.dependencies("logits"));
  }

  @Test
  void aCutGraphGivesWhatTheWholeGraphGives() throws Exception {
    OnnxGraph graph = read(towers());
    OnnxSession image = cut(graph, "image_embeds");
    assertEquals(Set.of("pixels"), image.inputs().keySet());
    assertEquals(Set.of("image_embeds"), image.outputs().keySet());
    InputTensor pixels = pixels(1, 2, 3, 4);
    assertArrayEquals(
        new float[] {9, 12, 15, 19, 26, 33}, run(image, Map.of("pixels", pixels), "image_embeds"));

    OnnxSession text = cut(graph, "text_embeds");
    assertEquals(Set.of("ids"), text.inputs().keySet());
    assertArrayEquals(new float[] {19, 32, 45}, run(text, Map.of("ids", ids(1, 2)), "text_embeds"));

    OnnxSession both = cut(graph, "logits", "image_embeds");
    float[] logits = run(both, Map.of("pixels", pixels, "ids", ids(1, 2)), "logits");
    assertArrayEquals(
        new float[] {9 * 19 + 12 * 32 + 15 * 45, 19 * 19 + 26 * 32 + 33 * 45}, logits);
  }

  @Test
  void weightsInOtherFilesStayThereUnderAnotherName() throws Exception {
    OnnxGraph graph =
        read(
            new OnnxWriter()
                .input("pixels", FLOAT, "b", 2)
                .external("weights", "model.onnx.data", 2, 1)
                .external("others", "others.data", 2, 1)
                .node("MatMul", of("pixels", "weights"), "image_embeds")
                .node("MatMul", of("pixels", "others"), "rest")
                .output("image_embeds", FLOAT, "b", 1)
                .output("rest", FLOAT, "b", 1));
    Path file = folder.resolve("moved.onnx");
    graph.write(file, new Changes(Set.of("image_embeds"), Map.of("model.onnx.data", "mine.data")));
    assertEquals(Set.of("mine.data"), OnnxFile.read(file, "moved").locations());
    ByteBuffer weights = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(folder.resolve("mine.data"), weights.putFloat(3).putFloat(5).array());
    OnnxSession session = OnnxSession.open(file, 1, Device.CPU);
    assertArrayEquals(
        new float[] {13}, run(session, Map.of("pixels", pixels(1, 2)), "image_embeds"));
  }

  @Test
  void graphsInNodesTakeValuesFromOutside() throws Exception {
    OnnxGraph graph =
        read(
            new OnnxWriter()
                .input("flag", BOOL)
                .input("x", FLOAT, "b", 2)
                .node("Neg", of("x"), "negative")
                .node("Neg", of("negative"), "unused")
                .node(
                    "If",
                    of("flag"),
                    "chosen",
                    attribute("then_branch", branch("x", "same")),
                    attribute("else_branch", branch("negative", "other")))
                .output("chosen", FLOAT, "b", 2)
                .output("unused", FLOAT, "b", 2));
    assertEquals(Set.of("flag", "x"), graph.dependencies("chosen"));
    OnnxSession session = cut(graph, "chosen");
    assertEquals(Set.of("flag", "x"), session.inputs().keySet());
    session.decRef();
  }

  private static OnnxWriter branch(String takes, String makes) {
    return new OnnxWriter().node("Identity", of(takes), makes).output(makes, FLOAT, "b", 2);
  }

  @Test
  void whatIsNoGraphIsRefused() throws Exception {
    Path file = Files.write(folder.resolve("no.onnx"), new byte[] {58, 127, 1, 2, 3});
    assertEquals(
        "[no] is not an ONNX file",
        assertThrows(BundleException.class, () -> OnnxGraph.read(file, "no")).getMessage());
    // a node whose first field is a number
    Path odd = Files.write(folder.resolve("odd.onnx"), new byte[] {58, 4, 10, 2, 8, 1});
    assertEquals(
        "[odd] is not an ONNX file",
        assertThrows(BundleException.class, () -> OnnxGraph.read(odd, "odd")).getMessage());
  }
}
