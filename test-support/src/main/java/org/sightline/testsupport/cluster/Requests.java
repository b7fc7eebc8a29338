package org.sightline.testsupport.cluster;

import com.fasterxml.jackson.databind.JsonNode;

/** A client of one node or of several nodes. Thread-safe. */
@FunctionalInterface
public interface Requests {
  /** Sends one request and waits for the answer, whatever its status. */
  HttpJson.Reply send(String method, String path, String body);

  /** Sends one request; fails with the whole answer unless it is a success. */
  default JsonNode ok(String method, String path, String body) {
    HttpJson.Reply reply = send(method, path, body);
    if (reply.ok() == false) {
      throw new ClusterException(
          method + " " + path + " got " + reply.status() + ": " + reply.body());
    }
    return reply.body();
  }
}
