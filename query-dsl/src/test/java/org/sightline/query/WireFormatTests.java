package org.sightline.query;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.test.ESTestCase;

public class WireFormatTests extends ESTestCase {
  private static final WireFormat TWO = new WireFormat(2);

  private static DiscoveryNode node(String id, int format) {
    return DiscoveryNodeUtils.builder(id)
        .attributes(Map.of("sightline.format", Integer.toString(format)))
        .build();
  }

  public void testTheNewestThatBothRead() {
    assertEquals(new WireFormat(1), TWO.sharedWith(node("older", 1)));
    assertEquals(TWO, TWO.sharedWith(node("same", 2)));
    assertEquals(TWO, TWO.sharedWith(node("newer", 3)));
    assertEquals(
        "a node without the plugin", TWO, TWO.sharedWith(DiscoveryNodeUtils.create("plain")));
  }

  public void testTheNewestThatAllRead() {
    DiscoveryNodes.Builder nodes =
        DiscoveryNodes.builder()
            .add(node("newer", 3))
            .add(node("same", 2))
            .add(DiscoveryNodeUtils.create("plain"));
    assertEquals(TWO, TWO.sharedWith(nodes.build()));
    assertEquals(new WireFormat(1), TWO.sharedWith(nodes.add(node("older", 1)).build()));
  }

  public void testWhatThisBuildDoesNotReadIsRefused() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      new WireFormat(WireFormat.NEWEST.number() + 1).write(out);
      IOException e =
          expectThrows(
              IOException.class,
              () -> WireFormat.read(out.bytes().streamInput(), "query [image_text]"));
      assertEquals(
          "query [image_text] came in format [2], this node reads formats 1 to 1: install the"
              + " sender's version of the plugin",
          e.getMessage());
    }
  }
}
