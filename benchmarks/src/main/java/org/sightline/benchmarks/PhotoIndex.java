package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.sightline.cluster.HttpJson;

/** An index that photographs reach through the pipeline of a model, in bulk requests. */
final class PhotoIndex {
  private static final int BULKS_IN_FLIGHT = 3;

  private final ObjectMapper mapper = new ObjectMapper();
  private final BenchNode node;
  private final String name;
  private final String model;
  private final int bulk;

  /**
   * @param bulk photographs of a request
   */
  PhotoIndex(BenchNode node, String name, String model, int bulk) {
    this.node = node;
    this.name = name;
    this.model = model;
    this.bulk = bulk;
    node.createPipeline(name, model);
    node.load(model);
  }

  /** Into an empty index; photographs a second. Making the requests counts as well. */
  double fill(List<byte[]> photos) {
    return fill(photos, BULKS_IN_FLIGHT);
  }

  /** The same with so many bulk requests at once. */
  double fill(List<byte[]> photos, int atOnce) {
    node.createIndex(name, model, name);
    Deque<CompletableFuture<HttpJson.Reply>> inFlight = new ArrayDeque<>();
    long start = System.nanoTime();
    for (int at = 0; at < photos.size(); at += bulk) {
      if (inFlight.size() == atOnce) {
        check(inFlight.remove().join());
      }
      String body = body(photos, at, Math.min(at + bulk, photos.size()));
      inFlight.add(node.http().sendAsync("POST", "/" + name + "/_bulk", body));
    }
    while (inFlight.isEmpty() == false) {
      check(inFlight.remove().join());
    }
    return photos.size() / ((System.nanoTime() - start) / 1e9);
  }

  private String body(List<byte[]> photos, int from, int to) {
    StringBuilder lines = new StringBuilder();
    for (int i = from; i < to; i++) {
      ObjectNode document = mapper.createObjectNode().put("title", "picture " + i);
      document.put("photo", Base64.getEncoder().encodeToString(photos.get(i)));
      lines.append("{\"index\":{\"_id\":\"").append(i).append("\"}}\n");
      lines.append(document).append('\n');
    }
    return lines.toString();
  }

  private static void check(HttpJson.Reply reply) {
    JsonNode errors = reply.body().path("errors");
    if (reply.ok() == false || errors.asBoolean(true)) {
      String answer = reply.body().toString();
      throw new IllegalStateException(
          "a bulk request got " + answer.substring(0, Math.min(500, answer.length())));
    }
  }
}
