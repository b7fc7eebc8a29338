package org.sightline.testsupport.load;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.sightline.testsupport.cluster.HttpJson;

/** Bulk requests to one node. */
public final class Bulks {
  private Bulks() {}

  /**
   * Sends requests until all are answered.
   *
   * @param path with the parameters
   * @param bodies each made when it is its turn
   * @param atOnce most that are under way
   * @throws IllegalStateException when a document was not indexed
   */
  public static void send(HttpJson node, String path, Iterator<byte[]> bodies, int atOnce) {
    Deque<CompletableFuture<HttpJson.Reply>> inFlight = new ArrayDeque<>();
    while (bodies.hasNext()) {
      if (inFlight.size() == atOnce) {
        check(inFlight.remove().join());
      }
      inFlight.add(node.sendAsync("POST", path, bodies.next()));
    }
    while (inFlight.isEmpty() == false) {
      check(inFlight.remove().join());
    }
  }

  /** Throws unless every document of a bulk request was indexed. */
  public static void check(HttpJson.Reply reply) {
    JsonNode errors = reply.body().path("errors");
    if (reply.ok() == false || errors.asBoolean(true)) {
      String answer = reply.body().toString();
      throw new IllegalStateException(
          "a bulk request got " + answer.substring(0, Math.min(500, answer.length())));
    }
  }
}
