package org.sightline.cli;

import static org.sightline.testsupport.onnx.OnnxWriter.message;
import static org.sightline.testsupport.onnx.OnnxWriter.varintField;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import org.sightline.testsupport.onnx.OnnxWriter;

/** Changes ONNX files (protocol buffers), so that they are wrong in one way. */
final class OnnxEdit {
  private static final int GRAPH = 7;
  private static final int INITIALIZER = 5;
  private static final int OPSET = 8;
  private static final int VERSION = 2;
  private static final int RAW_DATA = 9;
  private static final int EXTERNAL_DATA = 13;
  private static final int DATA_LOCATION = 14;
  private static final int VARINT = 0;
  private static final int BYTES = 2;

  /** Shapes and the like are smaller; a runtime wants to see those in the graph. */
  private static final int WEIGHTS_BYTES = 1024;

  private OnnxEdit() {}

  /**
   * Moves the weights into a file beside the graph, as exporters do with large ones.
   *
   * @param files by path; the graph is replaced, the weights are added
   * @param location as the graph will name it
   */
  static void moveWeights(Map<String, byte[]> files, String graph, String location) {
    ByteArrayOutputStream weights = new ByteArrayOutputStream();
    files.put(
        graph,
        tensors(
            files.get(graph),
            raw -> {
              ByteArrayOutputStream fields = new ByteArrayOutputStream();
              entry(fields, "location", location);
              entry(fields, "offset", Integer.toString(weights.size()));
              entry(fields, "length", Integer.toString(raw.length));
              varintField(fields, DATA_LOCATION, 1);
              weights.writeBytes(raw);
              return fields.toByteArray();
            }));
    String folder = graph.substring(0, graph.lastIndexOf('/') + 1);
    files.put(folder + location, weights.toByteArray());
  }

  /** Every weight becomes that number. */
  static byte[] fillWeights(byte[] model, float value) {
    return tensors(
        model,
        raw -> {
          ByteBuffer numbers = ByteBuffer.allocate(raw.length).order(ByteOrder.LITTLE_ENDIAN);
          while (numbers.hasRemaining()) {
            numbers.putFloat(value);
          }
          ByteArrayOutputStream fields = new ByteArrayOutputStream();
          message(fields, RAW_DATA, numbers.array());
          return fields.toByteArray();
        });
  }

  /** Asks for another version of the standard operators. */
  static byte[] opset(byte[] model, int version) {
    ByteArrayOutputStream opset = new ByteArrayOutputStream();
    varintField(opset, VERSION, version);
    ByteArrayOutputStream field = new ByteArrayOutputStream();
    message(field, OPSET, opset.toByteArray());
    return rewrite(model, content -> field.toByteArray(), OPSET);
  }

  private static byte[] tensors(byte[] model, Function<byte[], byte[]> weights) {
    return rewrite(
        model,
        raw -> {
          if (raw.length >= WEIGHTS_BYTES) {
            return weights.apply(raw);
          }
          ByteArrayOutputStream same = new ByteArrayOutputStream();
          message(same, RAW_DATA, raw);
          return same.toByteArray();
        },
        GRAPH,
        INITIALIZER,
        RAW_DATA);
  }

  /** Replaces each field at the end of a path of numbers by other fields. */
  private static byte[] rewrite(byte[] message, Function<byte[], byte[]> change, int... path) {
    ByteBuffer in = ByteBuffer.wrap(message);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (in.hasRemaining()) {
      long tag = varint(in);
      int field = (int) (tag >>> 3);
      if ((tag & 7) == VARINT) {
        OnnxWriter.varint(out, tag);
        OnnxWriter.varint(out, varint(in));
        continue;
      }
      if ((tag & 7) != BYTES) {
        throw new IllegalArgumentException("these files have no numbers of fixed width out here");
      }
      byte[] content = new byte[(int) varint(in)];
      in.get(content);
      if (field != path[0]) {
        message(out, field, content);
      } else if (path.length == 1) {
        out.writeBytes(change.apply(content));
      } else {
        message(out, field, rewrite(content, change, Arrays.copyOfRange(path, 1, path.length)));
      }
    }
    return out.toByteArray();
  }

  private static void entry(ByteArrayOutputStream tensor, String key, String value) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    message(entry, 1, key.getBytes(StandardCharsets.UTF_8));
    message(entry, 2, value.getBytes(StandardCharsets.UTF_8));
    message(tensor, EXTERNAL_DATA, entry.toByteArray());
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
}
