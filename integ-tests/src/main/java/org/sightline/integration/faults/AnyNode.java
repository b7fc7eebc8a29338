package org.sightline.integration.faults;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.Requests;

/**
 * A client that knows several nodes and, as Elasticsearch's own clients do, asks the next one when
 * a node cannot be reached or breaks the connection. An answer is an answer, whatever its status.
 */
final class AnyNode implements Requests, AutoCloseable {
  private static final int ROUNDS = 3;

  private final List<ElasticsearchNode> nodes;
  private final Map<URI, HttpJson> clients = new ConcurrentHashMap<>(); // ports change at restarts
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger switches = new AtomicInteger();

  AnyNode(List<ElasticsearchNode> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  @Override
  public HttpJson.Reply send(String method, String path, String body) {
    int first = turn.getAndIncrement();
    ClusterException last = null;
    for (int i = 0; i < ROUNDS * nodes.size(); i++) {
      ElasticsearchNode node = nodes.get(Math.floorMod(first + i, nodes.size()));
      try {
        return clients.computeIfAbsent(node.http(), HttpJson::new).send(method, path, body);
      } catch (ClusterException e) {
        if (isAway(e.getCause()) == false) {
          throw e;
        }
        switches.incrementAndGet();
        last = e;
      }
    }
    throw last;
  }

  /** A node that is silent is not away: what it was asked may still be under way. */
  private static boolean isAway(Throwable cause) {
    return cause instanceof HttpConnectTimeoutException
        || (cause instanceof IOException && cause instanceof HttpTimeoutException == false);
  }

  /** How often another node was asked because one was away. */
  int switches() {
    return switches.get();
  }

  @Override
  public void close() {
    clients.values().forEach(HttpJson::close);
  }
}
