package org.sightline.integration.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/** What a node holds for requests, with a small heap and without caches. */
class CoordinatorHeapIT {
  private static final int PICTURES = 16;
  private static final int BYTES = 6 << 20;

  /** As many as would need many times the heap; of calls, whose bodies are Elasticsearch's. */
  private static final int RERANKS = 24;

  private static final int CALLS = 14;

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static HttpJson client;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("coordinator-heap");
    NodeSpec spec =
        new NodeSpec("small-heap", 0, Map.of(), List.of("-Xms512m", "-Xmx512m"))
            .with("breaker.sightline.limit", "100mb")
            .with("sightline.cache.features.size", "0")
            .with("sightline.cache.features.disk.size", "0b")
            .with("sightline.cache.text.entries", "0")
            .with("sightline.inference.timeout", "10m");
    cluster = ElasticsearchCluster.of(distribution, "coordinator-heap", spec).start();
    client = new HttpJson(cluster.http());
    // no digests, so that every rerank fetches every picture
    client.ok(
        "PUT",
        "/large",
        """
        {"settings": {"number_of_shards": 1, "number_of_replicas": 0},
         "mappings": {"dynamic": false, "properties": {"photo": {"type": "binary"}}}}""");
    for (int i = 0; i < PICTURES; i++) {
      client.ok("PUT", "/large/_doc/" + i, "{\"photo\":" + picture(i) + "}");
    }
    client.ok("POST", "/large/_refresh", null);
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    distribution.delete();
  }

  /** JSON of a small picture in a large file: what is behind its end is not read. */
  private static String picture(int number) {
    byte[] png = Installation.gallery().get(number).png();
    String input = Requests.imageInput(Arrays.copyOf(png, BYTES));
    return input.substring(input.lastIndexOf(':') + 1, input.length() - 1);
  }

  private static long held() {
    JsonNode nodes = client.ok("GET", "/_nodes/stats/breaker", null).required("nodes");
    return nodes.elements().next().at("/breakers/sightline/estimated_size_in_bytes").asLong();
  }

  /** All answers by their status; the node must have survived, and hold nothing. */
  private static Map<Integer, Integer> statuses(int count, String path, String body) {
    List<CompletableFuture<HttpJson.Reply>> replies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      replies.add(client.sendAsync("POST", path, body));
    }
    Map<Integer, Integer> statuses = new TreeMap<>();
    replies.forEach(reply -> statuses.merge(reply.join().status(), 1, Integer::sum));
    Requests.await("the breaker holds nothing", () -> held() == 0, () -> held() + " bytes");
    return statuses;
  }

  private static void assertAnsweredOrRefused(int count, Map<Integer, Integer> statuses) {
    int answered = statuses.getOrDefault(200, 0);
    int refused = statuses.getOrDefault(429, 0);
    assertEquals(count, answered + refused, statuses::toString);
    assertTrue(answered > 0 && refused > 0, statuses::toString);
  }

  @Test
  void reranksAreAnsweredOrRefused() {
    String search =
        "{"
            + Requests.retriever(
                Requests.rerank(
                    "\"standard\": { \"query\": { \"match_all\": {} } }",
                    "\"a red heart\"",
                    PICTURES,
                    ""))
            + ", \"_source\": false}";
    HttpJson.Reply alone = client.send("POST", "/large/_search", search);
    assertEquals(200, alone.status(), () -> alone.body().toString());
    assertEquals(List.of(), alone.headers().allValues("Warning"));
    assertAnsweredOrRefused(RERANKS, statuses(RERANKS, "/large/_search", search));
  }

  @Test
  void callsAreAnsweredOrRefused() {
    String image = "{\"type\":\"image\",\"value\":" + picture(1) + "}";
    assertAnsweredOrRefused(
        CALLS,
        statuses(CALLS, "/_sightline/models/emoji-clip/_embed", "{\"input\":[" + image + "]}"));
  }

  private static long captions() {
    JsonNode total = client.ok("GET", "/_sightline/stats", null).required("total");
    return total.at("/roles/caption_decoder/inputs").asLong();
  }

  private static int calls() {
    JsonNode nodes =
        client
            .ok("GET", "/_tasks?actions=cluster:admin/sightline/inference/*", null)
            .required("nodes");
    return nodes.isEmpty() ? 0 : nodes.elements().next().required("tasks").size();
  }

  /** What has not begun when a client leaves is not begun any more. */
  @Test
  void aCallEndsWithItsConnection() throws IOException {
    int images = 300;
    StringJoiner inputs = new StringJoiner(",", "{\"input\":[", "]}");
    for (int i = 0; i < images; i++) {
      inputs.add(Requests.imageInput(Installation.gallery().get(i).png()));
    }
    byte[] body = inputs.toString().getBytes(StandardCharsets.UTF_8);
    long before = captions();
    try (Socket socket = new Socket(cluster.http().getHost(), cluster.http().getPort())) {
      OutputStream out = socket.getOutputStream();
      String head =
          "POST /_sightline/models/emoji-blip/_caption HTTP/1.1\r\nHost: n\r\n"
              + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n";
      out.write(String.format(Locale.ROOT, head, body.length).getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      out.flush();
      Requests.await("captions are made", () -> captions() > before, () -> captions() + "");
      assertEquals(1, calls());
    }
    Requests.await("the call has ended", () -> calls() == 0, () -> calls() + " calls");
    assertTrue(captions() - before < images, () -> captions() - before + " captions");
    Requests.await("the breaker holds nothing", () -> held() == 0, () -> held() + " bytes");
  }
}
