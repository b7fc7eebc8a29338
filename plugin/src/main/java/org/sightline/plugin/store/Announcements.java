package org.sightline.plugin.store;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionListenerResponseHandler;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateListener;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.transport.RemoteTransportClient;
import org.sightline.plugin.cluster.ModelPlaces;

/**
 * Which inference node has which models, as they say themselves: each tells all others when
 * something changes there, and whoever joins. Thread-safe.
 */
public final class Announcements implements ClusterStateListener, ModelPlaces {
  private static final Logger logger = LogManager.getLogger(Announcements.class);

  /** By process, because a node that restarts comes back under the same node id. */
  private final Map<String, Announcement> byProcess = new ConcurrentHashMap<>();

  private final AtomicLong sequence = new AtomicLong();
  private final Supplier<DiscoveryNodes> nodes;
  private final RemoteTransportClient client;
  private final Supplier<Announcement.Models> own;

  /**
   * @param nodes those of the current cluster state
   * @param own the models of this node; null where it runs none, which it says to nobody
   */
  Announcements(
      Supplier<DiscoveryNodes> nodes,
      RemoteTransportClient client,
      Supplier<Announcement.Models> own) {
    this.nodes = nodes;
    this.client = client;
    this.own = own;
  }

  @Override
  public boolean lacks(DiscoveryNode node, String modelId) {
    return said(node, models -> models.usable().contains(modelId) == false);
  }

  @Override
  public boolean onCpu(DiscoveryNode node) {
    return said(node, Announcement.Models::onCpu);
  }

  /** Whether a node has a model in a folder of its own. */
  boolean inFolder(DiscoveryNode node, String modelId) {
    return said(node, models -> models.inFolders().contains(modelId));
  }

  /** Whether a node has a model from the cluster. */
  boolean hasCopy(DiscoveryNode node, String modelId) {
    return said(
        node,
        models ->
            models.usable().contains(modelId) && models.inFolders().contains(modelId) == false);
  }

  private boolean said(DiscoveryNode node, Predicate<Announcement.Models> what) {
    Announcement announcement = byProcess.get(node.getEphemeralId());
    return announcement != null && what.test(announcement.models());
  }

  /** Notes what a node said, unless it has said something later. */
  void receive(Announcement announcement) {
    byProcess.merge(
        announcement.process(),
        announcement,
        (before, now) -> now.sequence() > before.sequence() ? now : before);
  }

  /** Tells all nodes which models this one has. */
  void announce() {
    announce(nodes.get().getNodes().values());
  }

  private synchronized void announce(Collection<DiscoveryNode> receivers) {
    if (own == null) {
      return;
    }
    DiscoveryNode local = nodes.get().getLocalNode();
    if (local == null) {
      return; // the node is not in a cluster yet, and tells when it is
    }
    String process = local.getEphemeralId();
    long number = sequence.incrementAndGet();
    Announcement.Models models = own.get();
    receive(new Announcement(local, process, number, models));
    for (DiscoveryNode receiver : receivers) {
      if (receiver.getId().equals(local.getId()) == false) {
        send(receiver, new Announcement(receiver, process, number, models));
      }
    }
  }

  private void send(DiscoveryNode receiver, Announcement announcement) {
    ActionListener<ActionResponse.Empty> listener =
        ActionListener.wrap(
            answer -> {},
            // it hears again when something changes, and within a minute
            failure -> logger.debug("node [" + receiver.getName() + "] did not hear", failure));
    try {
      client.sendRequest(
          receiver,
          Announcement.Action.TYPE.name(),
          announcement,
          new ActionListenerResponseHandler<>(
              listener, in -> ActionResponse.Empty.INSTANCE, EsExecutors.DIRECT_EXECUTOR_SERVICE));
    } catch (RuntimeException e) {
      listener.onFailure(e);
    }
  }

  @Override
  public void clusterChanged(ClusterChangedEvent event) {
    if (event.nodesChanged() == false) {
      return;
    }
    event.nodesDelta().removedNodes().forEach(node -> byProcess.remove(node.getEphemeralId()));
    if (event.nodesAdded()) {
      announce(event.nodesDelta().addedNodes());
    }
  }
}
