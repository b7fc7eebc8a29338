package org.sightline.testsupport.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;

/**
 * Writes small ONNX graphs (protocol buffers, by hand), so that tests have graphs that compute what
 * can be said in a line, and graphs that are wrong in one way.
 */
public final class OnnxWriter {
  /** Element types of ONNX. */
  public static final int FLOAT = 1;

  public static final int INT32 = 6;
  public static final int INT64 = 7;
  public static final int BOOL = 9;
  public static final int FLOAT16 = 10;

  private final ByteArrayOutputStream graph = new ByteArrayOutputStream();
  private int nodes;
  private int version = 17;

  public OnnxWriter() {
    message(graph, 2, "test".getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Pixels of 64 by 64 become an embedding of 128 numbers, which a loop without an end gives on and
   * on.
   */
  public static OnnxWriter endless() {
    OnnxWriter body =
        new OnnxWriter()
            .input("iteration", INT64)
            .input("goes_on", BOOL)
            .input("state", FLOAT, "batch", 128)
            .node("Identity", of("goes_on"), "goes_on_again")
            .node("Abs", of("state"), "state_again")
            .output("goes_on_again", BOOL)
            .output("state_again", FLOAT, "batch", 128);
    return new OnnxWriter()
        .input("pixel_values", FLOAT, "batch", 3, 64, 64)
        .integers("one", 1)
        .integers("first", LongStream.range(0, 128).toArray())
        .node("Squeeze", of("one"), "number")
        .node("Cast", of("number"), "true", attribute("to", false, 9))
        .node("Flatten", of("pixel_values"), "flat")
        .node("Gather", of("flat", "first"), "some", attribute("axis", false, 1))
        .node("Loop", of("", "true", "some"), "image_embedding", attribute("body", body))
        .output("image_embedding", FLOAT, "batch", 128);
  }

  /**
   * Declares an input.
   *
   * @param dims a number for a fixed size, anything else for a dynamic axis of that name
   */
  public OnnxWriter input(String name, int type, Object... dims) {
    message(graph, 11, valueInfo(name, type, dims));
    return this;
  }

  /** Declares an output, likewise. */
  public OnnxWriter output(String name, int type, Object... dims) {
    message(graph, 12, valueInfo(name, type, dims));
    return this;
  }

  /** Adds a constant vector of integers. */
  public OnnxWriter integers(String name, long... values) {
    ByteArrayOutputStream tensor = new ByteArrayOutputStream();
    varintField(tensor, 1, values.length);
    varintField(tensor, 2, INT64);
    message(tensor, 8, name.getBytes(StandardCharsets.UTF_8));
    ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    message(tensor, 9, raw.array());
    message(graph, 5, tensor.toByteArray());
    return this;
  }

  /** Adds a constant of floats. */
  public OnnxWriter floats(String name, long[] dims, float... values) {
    ByteArrayOutputStream tensor = new ByteArrayOutputStream();
    for (long dim : dims) {
      varintField(tensor, 1, dim);
    }
    varintField(tensor, 2, FLOAT);
    message(tensor, 8, name.getBytes(StandardCharsets.UTF_8));
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    message(tensor, 9, raw.array());
    message(graph, 5, tensor.toByteArray());
    return this;
  }

  /** Adds a constant of floats whose values lie in another file, from its beginning. */
  public OnnxWriter external(String name, String location, long... dims) {
    ByteArrayOutputStream tensor = new ByteArrayOutputStream();
    for (long dim : dims) {
      varintField(tensor, 1, dim);
    }
    varintField(tensor, 2, FLOAT);
    message(tensor, 8, name.getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    message(entry, 1, "location".getBytes(StandardCharsets.UTF_8));
    message(entry, 2, location.getBytes(StandardCharsets.UTF_8));
    message(tensor, 13, entry.toByteArray());
    varintField(tensor, 14, 1);
    message(graph, 5, tensor.toByteArray());
    return this;
  }

  /** Adds a node; attributes are made by {@link #attribute}. */
  public OnnxWriter node(String op, String[] inputs, String output, byte[]... attributes) {
    return node(op, inputs, of(output), attributes);
  }

  /** Adds a node with several outputs. */
  public OnnxWriter node(String op, String[] inputs, String[] outputs, byte[]... attributes) {
    ByteArrayOutputStream node = new ByteArrayOutputStream();
    for (String input : inputs) {
      message(node, 1, input.getBytes(StandardCharsets.UTF_8));
    }
    for (String output : outputs) {
      message(node, 2, output.getBytes(StandardCharsets.UTF_8));
    }
    message(node, 3, ("node" + nodes++).getBytes(StandardCharsets.UTF_8));
    message(node, 4, op.getBytes(StandardCharsets.UTF_8));
    for (byte[] attribute : attributes) {
      message(node, 5, attribute);
    }
    message(graph, 1, node.toByteArray());
    return this;
  }

  /** One integer (type 2) or, with several values or {@code list}, integers (type 7). */
  public static byte[] attribute(String name, boolean list, long... values) {
    ByteArrayOutputStream attribute = new ByteArrayOutputStream();
    message(attribute, 1, name.getBytes(StandardCharsets.UTF_8));
    for (long value : values) {
      varintField(attribute, list ? 8 : 3, value);
    }
    varintField(attribute, 20, list ? 7 : 2);
    return attribute.toByteArray();
  }

  /** A graph in an attribute (type 5), such as a branch of {@code If}. */
  public static byte[] attribute(String name, OnnxWriter graph) {
    ByteArrayOutputStream attribute = new ByteArrayOutputStream();
    message(attribute, 1, name.getBytes(StandardCharsets.UTF_8));
    message(attribute, 6, graph.graph.toByteArray());
    varintField(attribute, 20, 5);
    return attribute.toByteArray();
  }

  /** Asks for another version of the standard operators. */
  public OnnxWriter opset(int other) {
    version = other;
    return this;
  }

  /** Inputs or outputs of a node. */
  public static String[] of(String... names) {
    return names;
  }

  /** The whole model. */
  public byte[] toBytes() {
    ByteArrayOutputStream opset = new ByteArrayOutputStream();
    message(opset, 1, new byte[0]);
    varintField(opset, 2, version);
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    varintField(model, 1, 8);
    message(model, 7, graph.toByteArray());
    message(model, 8, opset.toByteArray());
    return model.toByteArray();
  }

  private static byte[] valueInfo(String name, int type, Object... dims) {
    ByteArrayOutputStream shape = new ByteArrayOutputStream();
    for (Object dim : dims) {
      ByteArrayOutputStream size = new ByteArrayOutputStream();
      if (dim instanceof Number number) {
        varintField(size, 1, number.longValue());
      } else {
        message(size, 2, dim.toString().getBytes(StandardCharsets.UTF_8));
      }
      message(shape, 1, size.toByteArray());
    }
    ByteArrayOutputStream tensor = new ByteArrayOutputStream();
    varintField(tensor, 1, type);
    message(tensor, 2, shape.toByteArray());
    ByteArrayOutputStream typeProto = new ByteArrayOutputStream();
    message(typeProto, 1, tensor.toByteArray());
    ByteArrayOutputStream info = new ByteArrayOutputStream();
    message(info, 1, name.getBytes(StandardCharsets.UTF_8));
    message(info, 2, typeProto.toByteArray());
    return info.toByteArray();
  }

  /** Writes a field of bytes: a string or a message. */
  public static void message(ByteArrayOutputStream to, int field, byte[] bytes) {
    varint(to, (long) field << 3 | 2);
    varint(to, bytes.length);
    to.writeBytes(bytes);
  }

  /** Writes a field with an integer. */
  public static void varintField(ByteArrayOutputStream to, int field, long value) {
    varint(to, (long) field << 3);
    varint(to, value);
  }

  /** Writes an integer of variable length. */
  public static void varint(ByteArrayOutputStream to, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      to.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    to.write((int) rest);
  }
}
