package org.sightline.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Moves the weights of an ONNX file into a file beside it, as exporters do with large ones. */
final class OnnxExternal {
  private static final int GRAPH = 7;
  private static final int INITIALIZER = 5;
  private static final int RAW_DATA = 9;
  private static final int EXTERNAL_DATA = 13;
  private static final int DATA_LOCATION = 14;
  private static final int BYTES = 2;

  /** Shapes and the like are smaller; a runtime wants to see those in the graph. */
  private static final int WEIGHTS_BYTES = 1024;

  private final ByteArrayOutputStream weights = new ByteArrayOutputStream();
  private final String location;

  private OnnxExternal(String location) {
    this.location = location;
  }

  /**
   * Moves them.
   *
   * @param files by path; the graph is replaced, the weights are added
   * @param location as the graph will name it
   */
  static void move(Map<String, byte[]> files, String graph, String location) {
    OnnxExternal self = new OnnxExternal(location);
    files.put(graph, self.rewrite(files.get(graph), GRAPH, INITIALIZER));
    files.put(
        graph.substring(0, graph.lastIndexOf('/') + 1) + location, self.weights.toByteArray());
  }

  /** Rewrites the tensors at the end of a path of field numbers. */
  private byte[] rewrite(byte[] message, int... path) {
    ByteBuffer in = ByteBuffer.wrap(message);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (in.hasRemaining()) {
      long tag = varint(in);
      int field = (int) (tag >>> 3);
      if ((tag & 7) != BYTES) {
        write(out, tag);
        write(out, varint(in)); // these files have no numbers of fixed width out here
        continue;
      }
      byte[] content = new byte[(int) varint(in)];
      in.get(content);
      if (path.length == 0 && field == RAW_DATA && content.length >= WEIGHTS_BYTES) {
        external(out, content);
        continue;
      }
      if (path.length > 0 && field == path[0]) {
        content = rewrite(content, java.util.Arrays.copyOfRange(path, 1, path.length));
      }
      bytes(out, field, content);
    }
    return out.toByteArray();
  }

  private void external(ByteArrayOutputStream tensor, byte[] raw) {
    entry(tensor, "location", location);
    entry(tensor, "offset", Integer.toString(weights.size()));
    entry(tensor, "length", Integer.toString(raw.length));
    write(tensor, (long) DATA_LOCATION << 3);
    write(tensor, 1);
    weights.writeBytes(raw);
  }

  private static void entry(ByteArrayOutputStream tensor, String key, String value) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    bytes(entry, 1, key.getBytes(StandardCharsets.UTF_8));
    bytes(entry, 2, value.getBytes(StandardCharsets.UTF_8));
    bytes(tensor, EXTERNAL_DATA, entry.toByteArray());
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] content) {
    write(out, (long) field << 3 | BYTES);
    write(out, content.length);
    out.writeBytes(content);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static void write(ByteArrayOutputStream out, long value) {
    long rest = value;
    for (; (rest & ~0x7FL) != 0; rest >>>= 7) {
      out.write((int) (rest & 0x7F | 0x80));
    }
    out.write((int) rest);
  }
}
