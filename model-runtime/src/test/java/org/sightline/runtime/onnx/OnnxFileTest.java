package org.sightline.runtime.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.testsupport.onnx.OnnxWriter;

/** Tensors are found wherever a graph can hold one. */
class OnnxFileTest {
  /** Fields of onnx.proto on the way from a model to a tensor. */
  private static final int GRAPH = 7;

  private static final int FUNCTION = 25;
  private static final int NODE = 1;
  private static final int NODE_OF_FUNCTION = 7;
  private static final int ATTRIBUTE = 5;

  @TempDir private Path folder;

  private Set<String> locations(byte[] model) throws IOException {
    return OnnxFile.read(Files.write(folder.resolve("graph.onnx"), model), "graph.onnx")
        .locations();
  }

  /** A message that holds another one, from the inside out. */
  private static byte[] within(byte[] content, int... fields) {
    byte[] message = content;
    for (int field : fields) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      varint(out, (long) field << 3 | 2);
      varint(out, message.length);
      out.writeBytes(message);
      message = out.toByteArray();
    }
    return message;
  }

  private static void varint(ByteArrayOutputStream to, long value) {
    long rest = value;
    for (; rest > 0x7F; rest >>>= 7) {
      to.write((int) (rest & 0x7F | 0x80));
    }
    to.write((int) rest);
  }

  private static byte[] tensor(String key, String value) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    entry.writeBytes(within(key.getBytes(StandardCharsets.UTF_8), 1));
    entry.writeBytes(within(value.getBytes(StandardCharsets.UTF_8), 2));
    return within(entry.toByteArray(), 13);
  }

  @Test
  void findsThemInInitializersAttributesBranchesAndFunctions() throws IOException {
    byte[] weights = tensor("location", "w");
    Set<String> found = Set.of("w");
    assertEquals(found, locations(within(weights, 5, GRAPH)));
    assertEquals(found, locations(within(weights, 1, 15, GRAPH)), "sparse");
    assertEquals(found, locations(within(weights, 5, ATTRIBUTE, NODE, GRAPH)), "constant");
    assertEquals(found, locations(within(weights, 10, ATTRIBUTE, NODE, GRAPH)), "constants");
    assertEquals(
        found, locations(within(weights, 5, 6, ATTRIBUTE, NODE, GRAPH)), "branch of a node");
    assertEquals(
        found, locations(within(weights, 5, ATTRIBUTE, NODE_OF_FUNCTION, FUNCTION)), "function");
    assertEquals(Set.of(), locations(within(tensor("offset", "4096"), 5, GRAPH)));
  }

  @Test
  void aGraphThatHoldsItsWeightsNamesNoFile() throws IOException {
    byte[] graph =
        new OnnxWriter().floats("location", new long[] {1}, 1).integers("w", 1, 2).toBytes();
    assertEquals(Set.of(), locations(graph));
  }

  @Test
  void findsOperatorsThatMixInputs() throws IOException {
    assertEquals(false, mixes(new OnnxWriter().node("MatMul", of("x", "w"), "y").toBytes()));
    assertEquals(
        true,
        mixes(
            new OnnxWriter().node("DynamicQuantizeLinear", of("x"), of("y", "s", "z")).toBytes()));
    byte[] node = within("DynamicQuantizeMatMul".getBytes(StandardCharsets.UTF_8), 4);
    assertEquals(true, mixes(within(node, NODE_OF_FUNCTION, FUNCTION)), "function");
    assertEquals(true, mixes(within(node, NODE, 6, ATTRIBUTE, NODE, GRAPH)), "branch of a node");
  }

  private boolean mixes(byte[] model) throws IOException {
    Path file = Files.write(folder.resolve("graph.onnx"), model);
    return OnnxFile.read(file, "graph.onnx").mixesInputs();
  }

  @Test
  void namesTheOperatorSets() throws IOException {
    Path file = Files.write(folder.resolve("graph.onnx"), new OnnxWriter().toBytes());
    assertEquals(Set.of("ai.onnx 17"), OnnxFile.read(file, "graph.onnx").opsets());
  }

  @Test
  void refusesWhatIsCutOffAndWhatHasNoEnd() throws IOException {
    byte[] whole = within(tensor("location", "w"), 5, GRAPH);
    byte[] cut = Arrays.copyOf(whole, whole.length - 1);
    byte[] deep = tensor("location", "w");
    for (int level = 0; level < 40; level++) {
      deep = within(deep, 6, ATTRIBUTE, NODE);
    }
    for (byte[] bad : new byte[][] {cut, within(deep, GRAPH), {(byte) 0x80}, {0x0B}}) {
      BundleException e = assertThrows(BundleException.class, () -> locations(bad));
      assertEquals("[graph.onnx] is not an ONNX file", e.getMessage());
    }
  }
}
