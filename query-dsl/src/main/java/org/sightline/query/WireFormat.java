package org.sightline.query;

import java.io.IOException;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.Strings;

/**
 * Layout of the messages between nodes. Its number is the first thing in every message of the
 * plugin, after what Elasticsearch's own classes write. Every node announces the newest format that
 * it reads ({@link #ATTRIBUTE}); a build reads all formats since the first one.
 *
 * <ul>
 *   <li>A request is written in the newest format that the sender and the receivers read.
 *   <li>An answer is written in the format of its request.
 *   <li>What may be forwarded to nodes that the sender does not know (queries) is written in the
 *       oldest format that can express it, whoever receives it.
 * </ul>
 *
 * @param number 1 or more
 */
public record WireFormat(int number) {
  /** The format of the first release. */
  public static final WireFormat FIRST = new WireFormat(1);

  /** The newest format that this build reads and writes. */
  public static final WireFormat NEWEST = new WireFormat(1);

  /** Name of the node attribute with the number of the node's newest format. */
  public static final String ATTRIBUTE = "sightline.format";

  public WireFormat {
    if (number < 1) {
      throw new IllegalArgumentException("a format has a number of 1 or more, got " + number);
    }
  }

  /**
   * The newest format that this one's reader and a node read. A node that announces none does not
   * have the plugin.
   */
  public WireFormat sharedWith(DiscoveryNode node) {
    String announced = node.getAttributes().get(ATTRIBUTE);
    return announced == null ? this : new WireFormat(Math.min(number, Integer.parseInt(announced)));
  }

  /** The newest format that this one's reader and all nodes read. */
  public WireFormat sharedWith(DiscoveryNodes nodes) {
    WireFormat shared = this;
    for (DiscoveryNode node : nodes.getNodes().values()) {
      shared = shared.sharedWith(node);
    }
    return shared;
  }

  /** Begins a message. */
  public void write(StreamOutput out) throws IOException {
    out.writeVInt(number);
  }

  /**
   * Reads the beginning of a message.
   *
   * @param message what the message is, for the error
   * @throws IOException when this build does not read the format
   */
  public static WireFormat read(StreamInput in, String message) throws IOException {
    int number = in.readVInt();
    if (number < 1 || number > NEWEST.number()) {
      throw new IOException(
          Strings.format(
              "%s came in format [%d], this node reads formats 1 to %d: install the sender's"
                  + " version of the plugin",
              message, number, NEWEST.number()));
    }
    return new WireFormat(number);
  }
}
