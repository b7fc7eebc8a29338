package org.sightline.runtime.onnx;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.sightline.runtime.bundle.BundleException;

/**
 * What an ONNX file says of itself before any runtime opens it: which other files it names for its
 * weights, which operator sets it needs, and whether the inputs of a run stay apart in it. Read
 * from the protocol buffers directly: of all messages only those are entered in which such a thing
 * can be.
 *
 * <p>Field numbers are those of {@code onnx.proto} (ONNX IR, {@code onnx/onnx.proto3}).
 */
public final class OnnxFile {
  /** Protocol buffers themselves end there. */
  private static final long MAX_BYTES = Integer.MAX_VALUE;

  /** Graphs hold graphs (branches, loops); no real one goes deeper. */
  private static final int MAX_DEPTH = 64;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** The messages in which a tensor can be, and under which fields they hold each other. */
  private enum Message {
    MODEL,
    FUNCTION,
    GRAPH,
    NODE,
    ATTRIBUTE,
    SPARSE_TENSOR,
    TENSOR,
    ENTRY,
    OPSET;

    /** The message in that field, or null where no tensor can be in it. */
    Message field(int number) {
      return CHILDREN.getOrDefault(this, Map.of()).get(number);
    }
  }

  /**
   * Operators that round a whole tensor by one scale, which they take from its values: what becomes
   * of an input depends on those that share its run.
   */
  private static final Set<String> MIXING =
      Set.of("DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM");

  private static final int OPERATOR = 4;

  private static final Map<Message, Map<Integer, Message>> CHILDREN =
      Map.of(
          Message.MODEL, Map.of(7, Message.GRAPH, 8, Message.OPSET, 25, Message.FUNCTION),
          Message.FUNCTION, Map.of(7, Message.NODE),
          Message.GRAPH, Map.of(1, Message.NODE, 5, Message.TENSOR, 15, Message.SPARSE_TENSOR),
          Message.NODE, Map.of(5, Message.ATTRIBUTE),
          Message.ATTRIBUTE,
              Map.of(
                  5, Message.TENSOR,
                  6, Message.GRAPH,
                  10, Message.TENSOR,
                  11, Message.GRAPH,
                  22, Message.SPARSE_TENSOR,
                  23, Message.SPARSE_TENSOR),
          Message.SPARSE_TENSOR, Map.of(1, Message.TENSOR, 2, Message.TENSOR),
          Message.TENSOR, Map.of(13, Message.ENTRY));

  private final Set<String> locations = new TreeSet<>();
  private final Set<String> opsets = new TreeSet<>();
  private boolean mixesInputs;

  private OnnxFile() {}

  /** Names of the files that hold weights, as the graph writes them, sorted. */
  public Set<String> locations() {
    return Collections.unmodifiableSet(locations);
  }

  /** Operator sets, each {@code domain version}, sorted; the standard one is {@code ai.onnx}. */
  public Set<String> opsets() {
    return Collections.unmodifiableSet(opsets);
  }

  /** Whether an input's results depend on the other inputs of its run. */
  public boolean mixesInputs() {
    return mixesInputs;
  }

  /**
   * Reads a file.
   *
   * @param name of the graph, for messages
   * @throws BundleException when the file is no ONNX file
   */
  public static OnnxFile read(Path file, String name) {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() > MAX_BYTES) {
        throw new BundleException(
            "the graph [" + name + "] has " + channel.size() + " bytes, ONNX allows 2 GiB");
      }
      OnnxFile data = new OnnxFile();
      data.read(
          Message.MODEL, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()), MAX_DEPTH);
      return data;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new BundleException("[" + name + "] is not an ONNX file", e);
    } catch (IOException e) {
      throw new BundleException("[" + name + "] cannot be read: " + e, e);
    }
  }

  private void read(Message message, ByteBuffer in, int depth) {
    if (depth == 0) {
      throw new IllegalArgumentException("graphs in graphs without end");
    }
    String key = "";
    String value = "";
    long version = 0;
    while (in.hasRemaining()) {
      long tag = varint(in);
      int field = (int) (tag >>> 3);
      switch ((int) (tag & 7)) {
        case VARINT -> {
          long number = varint(in);
          version = field == 2 ? number : version;
        }
        case FIXED64 -> in.getLong();
        case FIXED32 -> in.getInt();
        case BYTES -> {
          ByteBuffer content = bytes(in);
          Message child = message.field(field);
          if (child != null) {
            read(child, content, depth - 1);
          } else if ((message == Message.ENTRY || message == Message.OPSET) && field == 1) {
            key = StandardCharsets.UTF_8.decode(content).toString();
          } else if (message == Message.ENTRY && field == 2) {
            value = StandardCharsets.UTF_8.decode(content).toString();
          } else if (message == Message.NODE && field == OPERATOR) {
            mixesInputs |= MIXING.contains(StandardCharsets.UTF_8.decode(content).toString());
          }
        }
        default -> throw new IllegalArgumentException("no such wire type");
      }
    }
    if (message == Message.ENTRY && key.equals("location")) {
      locations.add(value);
    }
    if (message == Message.OPSET) {
      opsets.add((key.isEmpty() ? "ai.onnx" : key) + " " + version);
    }
  }

  private static ByteBuffer bytes(ByteBuffer in) {
    long length = varint(in);
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer content = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return content;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number without end");
  }
}
