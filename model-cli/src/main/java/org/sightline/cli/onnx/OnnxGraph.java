package org.sightline.cli.onnx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.onnx.OnnxFile;
import org.sightline.runtime.onnx.OnnxFile.Message;
import org.sightline.runtime.onnx.ProtoFields;
import org.sightline.runtime.onnx.ProtoFields.Field;
import org.sightline.runtime.onnx.TensorSpec;

/**
 * The graph of an ONNX file, taken apart: what each output depends on, and another file with some
 * of the outputs. Nodes and weights are copied as they stand; nothing is computed, and weights in
 * other files stay there. The file is mapped, so it must not change meanwhile. Thread-safe.
 *
 * <p>Field numbers are those of {@code onnx.proto}, as in {@link OnnxFile}.
 */
public final class OnnxGraph {
  private static final int MODEL_GRAPH = 7;
  private static final int MODEL_TRAINING = 20;
  private static final int NODE = 1;
  private static final int INITIALIZER = 5;
  private static final int INPUT = 11;
  private static final int OUTPUT = 12;
  private static final int VALUE_INFO = 13;
  private static final int QUANTIZATION = 14;
  private static final int SPARSE_INITIALIZER = 15;

  /** Names of element types by their number; the rest have no name here. */
  private static final Map<Long, String> TYPES =
      Map.of(
          1L,
          TensorSpec.FLOAT,
          2L,
          "uint8",
          3L,
          "int8",
          6L,
          TensorSpec.INT32,
          7L,
          TensorSpec.INT64,
          9L,
          "bool",
          10L,
          TensorSpec.FLOAT16,
          11L,
          "double",
          16L,
          "bfloat16");

  /**
   * How a file differs from the one that was read.
   *
   * @param outputs those that it has, with all that they depend on and nothing else
   * @param locations other names of the files that hold weights, by their names
   */
  public record Changes(Set<String> outputs, Map<String, String> locations) {}

  /**
   * A field of the graph.
   *
   * @param kind its number
   * @param name of the value that it is about; null for a node and what is about the whole graph
   * @param node null where it is none
   */
  private record Part(int kind, String name, Node node, ByteBuffer whole) {}

  /** Names of the values that a node takes, those of the graphs in it included, and makes. */
  private record Node(Set<String> takes, List<String> makes) {}

  private final List<Field> model = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final Map<String, Node> makers = new HashMap<>();
  private final Map<String, TensorSpec> inputs = new LinkedHashMap<>();
  private final Map<String, TensorSpec> outputs = new LinkedHashMap<>();

  private OnnxGraph(ByteBuffer file) {
    for (Field field : new ProtoFields(file)) {
      model.add(field);
      if (field.number() == MODEL_GRAPH && field.isBytes()) {
        for (Field part : new ProtoFields(field.content())) {
          add(part);
        }
      }
    }
    // older files list their weights among the inputs
    parts.stream()
        .filter(part -> part.kind() == INITIALIZER || part.kind() == SPARSE_INITIALIZER)
        .forEach(part -> inputs.remove(part.name()));
  }

  /**
   * Reads a file.
   *
   * @param name of the graph, for messages
   * @throws BundleException when the file is no ONNX file
   */
  public static OnnxGraph read(Path file, String name) {
    OnnxFile.read(file, name); // which has a bound for graphs in graphs
    return OnnxFile.mapped(file, name, OnnxGraph::new);
  }

  private void add(Field field) {
    String name = null;
    Node node = null;
    switch (field.number()) {
      case NODE -> {
        node = node(field.content());
        for (String made : node.makes()) {
          makers.put(made, node);
        }
      }
      case INITIALIZER -> name = ProtoFields.string(field.content(), 8);
      case SPARSE_INITIALIZER ->
          name = ProtoFields.string(ProtoFields.first(field.content(), 1), 8);
      case INPUT, OUTPUT -> {
        TensorSpec spec = spec(field.content());
        name = spec.name();
        (field.number() == INPUT ? inputs : outputs).put(name, spec);
      }
      case VALUE_INFO, QUANTIZATION -> name = ProtoFields.string(field.content(), 1);
      default -> {}
    }
    parts.add(new Part(field.number(), name, node, field.whole()));
  }

  private static Node node(ByteBuffer message) {
    Set<String> takes = new HashSet<>();
    List<String> makes = new ArrayList<>();
    for (Field field : new ProtoFields(message)) {
      switch (field.number()) {
        case 1 -> takes.add(field.text());
        case 2 -> makes.add(field.text());
        case 5 -> addInner(field.content(), takes);
        default -> {}
      }
    }
    takes.remove(""); // an optional input that is left out
    makes.remove("");
    return new Node(takes, makes);
  }

  /** What the graphs in an attribute take from outside; their own values are among it. */
  private static void addInner(ByteBuffer attribute, Set<String> takes) {
    for (Field field : new ProtoFields(attribute)) {
      if (field.isBytes() && (field.number() == 6 || field.number() == 11)) {
        for (Field part : new ProtoFields(field.content())) {
          if (part.number() == NODE) {
            takes.addAll(node(part.content()).takes());
          } else if (part.number() == OUTPUT) {
            takes.add(ProtoFields.string(part.content(), 1));
          }
        }
      }
    }
  }

  private static TensorSpec spec(ByteBuffer valueInfo) {
    long type = 0;
    List<Long> dims = new ArrayList<>();
    for (Field field : new ProtoFields(ProtoFields.first(ProtoFields.first(valueInfo, 2), 1))) {
      if (field.number() == 1) {
        type = field.value();
      } else if (field.number() == 2) {
        for (Field dim : new ProtoFields(field.content())) {
          long size = -1;
          for (Field value : new ProtoFields(dim.content())) {
            size = value.number() == 1 ? value.value() : size;
          }
          dims.add(size);
        }
      }
    }
    return new TensorSpec(
        ProtoFields.string(valueInfo, 1), TYPES.getOrDefault(type, "element type " + type), dims);
  }

  /** Inputs by name, without the weights. */
  public Map<String, TensorSpec> inputs() {
    return Collections.unmodifiableMap(inputs);
  }

  /** Outputs by name. */
  public Map<String, TensorSpec> outputs() {
    return Collections.unmodifiableMap(outputs);
  }

  /** Names of the inputs that an output depends on. */
  public Set<String> dependencies(String output) {
    Set<String> needed = new TreeSet<>(needed(Set.of(output)));
    needed.retainAll(inputs.keySet());
    return needed;
  }

  /** Names of all values that the outputs depend on, themselves included. */
  private Set<String> needed(Set<String> wanted) {
    Set<String> needed = new HashSet<>();
    Deque<String> waiting = new ArrayDeque<>(wanted);
    while (waiting.isEmpty() == false) {
      String value = waiting.pop();
      if (needed.add(value) && makers.containsKey(value)) {
        waiting.addAll(makers.get(value).takes());
      }
    }
    return needed;
  }

  /**
   * Writes another file.
   *
   * @param target must not exist
   */
  public void write(Path target, Changes changes) throws IOException {
    Set<String> needed = needed(changes.outputs());
    List<ByteBuffer> graph = new ArrayList<>();
    for (Part part : parts) {
      if (isKept(part, needed, changes.outputs())) {
        graph.addAll(changed(part, changes));
      }
    }
    List<ByteBuffer> file = new ArrayList<>();
    for (Field field : model) {
      if (field.number() == MODEL_GRAPH) {
        long length = graph.stream().mapToLong(ByteBuffer::remaining).sum();
        file.add(head(MODEL_GRAPH, length));
        file.addAll(graph);
      } else if (field.number() != MODEL_TRAINING) {
        file.add(field.whole());
      }
    }
    try (FileChannel channel =
        FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (ByteBuffer bytes : file) {
        for (ByteBuffer rest = bytes.duplicate(); rest.hasRemaining(); ) {
          channel.write(rest);
        }
      }
    }
  }

  private static boolean isKept(Part part, Set<String> needed, Set<String> wanted) {
    return switch (part.kind()) {
      case NODE -> part.node().makes().stream().anyMatch(needed::contains);
      case OUTPUT -> wanted.contains(part.name());
      default -> part.name() == null || needed.contains(part.name());
    };
  }

  private static List<ByteBuffer> changed(Part part, Changes changes) {
    Field field = new ProtoFields(part.whole()).iterator().next();
    if (field.isBytes() == false) {
      return List.of(part.whole());
    }
    ByteBuffer content = field.content();
    Message message = Message.GRAPH.field(part.kind());
    if (message != null && changes.locations().isEmpty() == false) {
      content = relocated(message, content, changes.locations());
    }
    return content == field.content()
        ? List.of(part.whole())
        : List.of(head(part.kind(), content.remaining()), content);
  }

  /** The message with other names of files; the same buffer where it names none of them. */
  private static ByteBuffer relocated(
      Message type, ByteBuffer message, Map<String, String> locations) {
    if (type == Message.ENTRY) {
      String other = locations.get(ProtoFields.string(message, 2));
      return other == null || ProtoFields.string(message, 1).equals("location") == false
          ? message
          : renamed(message, other);
    }
    List<ByteBuffer> fields = new ArrayList<>();
    boolean same = true;
    for (Field field : new ProtoFields(message)) {
      Message inner = field.isBytes() ? type.field(field.number()) : null;
      ByteBuffer changed = inner == null ? null : relocated(inner, field.content(), locations);
      if (changed == null || changed == field.content()) {
        fields.add(field.whole());
      } else {
        fields.add(head(field.number(), changed.remaining()));
        fields.add(changed);
        same = false;
      }
    }
    return same ? message : joined(fields);
  }

  /** An entry with another value, the first one where there are several. */
  private static ByteBuffer renamed(ByteBuffer entry, String value) {
    ByteBuffer content = ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
    List<ByteBuffer> fields = new ArrayList<>();
    boolean done = false;
    for (Field field : new ProtoFields(entry)) {
      if (done || field.number() != 2 || field.isBytes() == false) {
        fields.add(field.whole());
      } else {
        fields.addAll(List.of(head(2, content.remaining()), content));
        done = true;
      }
    }
    return joined(fields);
  }

  /** The fields as one message. */
  private static ByteBuffer joined(List<ByteBuffer> fields) {
    ByteBuffer all = ByteBuffer.allocate(fields.stream().mapToInt(ByteBuffer::remaining).sum());
    fields.forEach(field -> all.put(field.duplicate()));
    return all.flip();
  }

  /** The beginning of a field of bytes: its number and its length. */
  private static ByteBuffer head(int number, long length) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(out, (long) number << 3 | 2); // bytes
    write(out, length);
    return ByteBuffer.wrap(out.toByteArray());
  }

  private static void write(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
