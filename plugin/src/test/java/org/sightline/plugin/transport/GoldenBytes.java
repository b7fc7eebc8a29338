package org.sightline.plugin.transport;

import static org.junit.Assert.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import org.elasticsearch.action.support.nodes.BaseNodeResponse;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.InputStreamStreamInput;
import org.elasticsearch.common.io.stream.NamedWriteableAwareStreamInput;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.Writeable;
import org.sightline.query.WireFormat;

/**
 * The bytes of one kind of message in every format, from the resources {@code
 * golden/format-N/NAME.hex}. A format that was released keeps its files unchanged; a new format
 * brings a folder of its own. What Elasticsearch writes before the plugin's part of a message
 * differs between its versions and is not in the files.
 *
 * @param name of the files
 * @param before writes Elasticsearch's part, nothing where there is none
 * @param registry for queries inside of the message
 * @param varying number of bytes at the end that differ each time: the remaining time of a deadline
 */
public record GoldenBytes(
    String name, Writeable before, NamedWriteableRegistry registry, int varying) {

  public static GoldenBytes of(String name) {
    return new GoldenBytes(name, out -> {}, null, 0);
  }

  public GoldenBytes after(Writeable elasticsearch) {
    return new GoldenBytes(name, elasticsearch, registry, varying);
  }

  public GoldenBytes with(NamedWriteableRegistry queries) {
    return new GoldenBytes(name, before, queries, varying);
  }

  public GoldenBytes endingWith(int bytes) {
    return new GoldenBytes(name, before, registry, bytes);
  }

  /** A node that reads messages up to a format. */
  public static DiscoveryNode node(WireFormat format) {
    return DiscoveryNodeUtils.builder("n")
        .attributes(Map.of(WireFormat.ATTRIBUTE, Integer.toString(format.number())))
        .build();
  }

  /** What Elasticsearch writes at the beginning of the answer of a node. */
  public static Writeable elasticsearchResponse() {
    return new BaseNodeResponse(node(WireFormat.FIRST)) {};
  }

  /** A cluster of one such node. */
  public static DiscoveryNodes nodes(WireFormat format) {
    return DiscoveryNodes.builder().add(node(format)).localNodeId("n").build();
  }

  /**
   * Compares in every format what is written with the file, and reads the file.
   *
   * @param sample a message in a format
   * @return the last that was read
   */
  public <T extends Writeable> T check(Function<WireFormat, T> sample, Writeable.Reader<T> reader)
      throws IOException {
    T read = null;
    for (int number = 1; number <= WireFormat.NEWEST.number(); number++) {
      assertBytes(number, write(sample.apply(new WireFormat(number))));
      read = read(number, reader);
    }
    return read;
  }

  /** Reads the file of a format and compares what the message writes then. */
  public <T extends Writeable> T read(int number, Writeable.Reader<T> reader) throws IOException {
    T message = reader.read(stream(number));
    assertBytes(number, write(message));
    return message;
  }

  private StreamInput stream(int number) throws IOException {
    byte[] elasticsearch = bytes(before);
    byte[] file = file(number);
    byte[] whole = Arrays.copyOf(elasticsearch, elasticsearch.length + file.length);
    System.arraycopy(file, 0, whole, elasticsearch.length, file.length);
    StreamInput in = new InputStreamStreamInput(new ByteArrayInputStream(whole), whole.length);
    return registry == null ? in : new NamedWriteableAwareStreamInput(in, registry);
  }

  private void assertBytes(int number, byte[] written) throws IOException {
    byte[] file = file(number);
    assertEquals(
        file(name, number),
        hex(Arrays.copyOf(file, file.length - varying)),
        hex(Arrays.copyOf(written, written.length - varying)));
  }

  private byte[] write(Writeable message) throws IOException {
    byte[] whole = bytes(message);
    return Arrays.copyOfRange(whole, bytes(before).length, whole.length);
  }

  private static byte[] bytes(Writeable message) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      message.writeTo(out);
      return BytesReference.toBytes(out.bytes());
    }
  }

  private static String file(String name, int number) {
    return "/golden/format-" + number + "/" + name + ".hex";
  }

  private byte[] file(int number) throws IOException {
    String file = file(name, number);
    try (InputStream in = GoldenBytes.class.getResourceAsStream(file)) {
      String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }
  }

  /** 32 bytes a line. */
  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes).replaceAll("(.{64})", "$1\n").strip() + "\n";
  }
}
