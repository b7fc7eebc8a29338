package org.sightline.plugin.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.transport.RemoteTransportClient;
import org.elasticsearch.transport.TransportException;
import org.elasticsearch.transport.TransportRequest;
import org.elasticsearch.transport.TransportResponse;
import org.elasticsearch.transport.TransportResponseHandler;
import org.sightline.plugin.transport.GoldenBytes;

public class AnnouncementsTests extends ESTestCase {
  private final DiscoveryNode here = DiscoveryNodeUtils.create("here");
  private final DiscoveryNode there = DiscoveryNodeUtils.create("there");

  private static Announcement says(DiscoveryNode node, long sequence, String... usable) {
    return new Announcement(
        node,
        node.getEphemeralId(),
        sequence,
        new Announcement.Models(Set.of(usable), Set.of("in-folder"), true));
  }

  private static DiscoveryNodes nodes(DiscoveryNode... nodes) {
    DiscoveryNodes.Builder builder = DiscoveryNodes.builder().localNodeId("here");
    for (DiscoveryNode node : nodes) {
      builder.add(node);
    }
    return builder.build();
  }

  private static ClusterChangedEvent event(DiscoveryNodes before, DiscoveryNodes after) {
    return new ClusterChangedEvent("test", state(after), state(before));
  }

  private static ClusterState state(DiscoveryNodes nodes) {
    return ClusterState.builder(ClusterName.DEFAULT).nodes(nodes).build();
  }

  /** Remembers who was told, and refuses. */
  private static final class Wire implements RemoteTransportClient {
    private final List<String> told = new ArrayList<>();

    @Override
    public <T extends TransportResponse> void sendRequest(
        DiscoveryNode node,
        String action,
        TransportRequest request,
        TransportResponseHandler<T> handler) {
      assertEquals("internal:sightline/models/announce", action);
      told.add(node.getId() + " " + ((Announcement) request).models().usable());
      handler.handleException(new TransportException("not connected"));
    }
  }

  public void testWhatNobodySaidIsNotKnown() {
    Announcements announcements = new Announcements(() -> nodes(here, there), null, null);
    assertFalse(announcements.lacks(there, "a"));
    announcements.receive(says(there, 1, "a"));
    assertFalse(announcements.lacks(there, "a"));
    assertTrue(announcements.lacks(there, "b"));
    assertFalse(announcements.lacks(here, "b"));
    assertTrue(announcements.onCpu(there));
    assertFalse(announcements.onCpu(here));
    assertTrue(announcements.inFolder(there, "in-folder"));
    assertFalse(announcements.inFolder(there, "a"));
    assertTrue(announcements.hasCopy(there, "a"));
    assertFalse(announcements.hasCopy(there, "in-folder"));
    assertFalse("nothing is known of it", announcements.hasCopy(here, "a"));
    announcements.announce(); // a node that runs no models tells nobody
  }

  public void testTheLatestCounts() {
    Announcements announcements = new Announcements(() -> nodes(here, there), null, null);
    announcements.receive(says(there, 2, "b"));
    announcements.receive(says(there, 1, "a"));
    assertTrue(announcements.lacks(there, "a"));
    assertFalse(announcements.lacks(there, "b"));
  }

  public void testANodeThatLeftIsForgotten() {
    Announcements announcements = new Announcements(() -> nodes(here, there), null, null);
    announcements.receive(says(there, 1, "a"));
    announcements.clusterChanged(event(nodes(here, there), nodes(here)));
    assertFalse(announcements.lacks(there, "b"));
  }

  public void testEverybodyIsToldAndWhoeverJoins() {
    Wire wire = new Wire();
    Announcement.Models own = new Announcement.Models(Set.of("a"), Set.of(), false);
    Announcements announcements = new Announcements(() -> nodes(here, there), wire, () -> own);
    announcements.announce();
    assertEquals(List.of("there [a]"), wire.told);
    assertTrue("also by itself", announcements.lacks(here, "b"));
    announcements.clusterChanged(event(nodes(here), nodes(here, there)));
    assertEquals(2, wire.told.size());
    announcements.clusterChanged(event(nodes(here, there), nodes(here, there)));
    announcements.clusterChanged(event(nodes(here, there), nodes(here)));
    assertEquals(2, wire.told.size());
  }

  public void testGoldenBytes() throws IOException {
    Announcement.Models models = new Announcement.Models(Set.of("a"), Set.of("b"), true);
    Announcement read =
        GoldenBytes.of("announcement")
            .check(
                format -> new Announcement(GoldenBytes.node(format), "process", 300, models),
                Announcement::new);
    assertEquals("process", read.process());
    assertEquals(300, read.sequence());
    assertEquals(models, read.models());
  }
}
