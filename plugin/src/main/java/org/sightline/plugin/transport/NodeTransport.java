package org.sightline.plugin.transport;

import org.apache.lucene.util.SetOnce;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.transport.TransportRequest;
import org.elasticsearch.transport.TransportResponse;
import org.elasticsearch.transport.TransportResponseHandler;
import org.elasticsearch.transport.TransportService;

/**
 * Sends requests to other nodes. Elasticsearch gives its transport to actions, which it creates
 * after the components that send: {@link org.sightline.plugin.store.Announcement.Action} hands it
 * over, before the node starts. Only 9.5 gives components something that sends as well.
 */
public class NodeTransport {
  private final SetOnce<TransportService> service = new SetOnce<>();

  /** From now on requests can be sent; called once. */
  public void use(TransportService transportService) {
    service.set(transportService);
  }

  /** Sends a request; the handler gets the answer, or why there is none. */
  public <T extends TransportResponse> void sendRequest(
      DiscoveryNode node,
      String action,
      TransportRequest request,
      TransportResponseHandler<T> handler) {
    service.get().sendRequest(node, action, request, handler);
  }
}
