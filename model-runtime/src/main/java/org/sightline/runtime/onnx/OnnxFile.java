package org.sightline.runtime.onnx;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
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

  /** The messages in which a tensor can be, and under which fields they hold each other. */
  public enum Message {
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
    public Message field(int number) {
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
    return mapped(
        file,
        name,
        bytes -> {
          OnnxFile data = new OnnxFile();
          data.read(Message.MODEL, bytes, MAX_DEPTH);
          return data;
        });
  }

  /**
   * Maps a file and reads it.
   *
   * @param name of the graph, for messages
   * @throws BundleException when the file is no ONNX file
   */
  public static <T> T mapped(Path file, String name, Function<ByteBuffer, T> read) {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() > MAX_BYTES) {
        throw new BundleException(
            "the graph [" + name + "] has " + channel.size() + " bytes, ONNX allows 2 GiB");
      }
      return read.apply(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
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
    for (ProtoFields.Field field : new ProtoFields(in)) {
      int number = field.number();
      if (field.wire() == ProtoFields.VARINT) {
        version = number == 2 ? field.value() : version;
      } else if (field.isBytes()) {
        Message child = message.field(number);
        if (child != null) {
          read(child, field.content(), depth - 1);
        } else if ((message == Message.ENTRY || message == Message.OPSET) && number == 1) {
          key = field.text();
        } else if (message == Message.ENTRY && number == 2) {
          value = field.text();
        } else if (message == Message.NODE && number == OPERATOR) {
          mixesInputs |= MIXING.contains(field.text());
        }
      }
    }
    if (message == Message.ENTRY && key.equals("location")) {
      locations.add(value);
    }
    if (message == Message.OPSET) {
      opsets.add((key.isEmpty() ? "ai.onnx" : key) + " " + version);
    }
  }
}
