package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.cluster.Distribution;
import org.sightline.cluster.ElasticsearchCluster;
import org.sightline.cluster.ElasticsearchNode;
import org.sightline.cluster.HttpJson;
import org.sightline.cluster.NodeSpec;
import org.sightline.demo.Picture;

/** Three nodes with data and two that run models, of which one is lost in three ways. */
class FailoverIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 120);
  private static final Duration TIMEOUT = Duration.ofSeconds(4);

  private static ElasticsearchCluster cluster;
  private static ElasticsearchNode lost;
  private static HttpJson client;

  @BeforeAll
  static void start() {
    Distribution distribution = Installation.unpack("failover");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "failover",
            dataNode("data-one"),
            dataNode("data-two"),
            dataNode("data-three"),
            TestNodes.small("inference-one").with("node.roles", "[]"),
            TestNodes.small("inference-two").with("node.roles", "[]"));
    cluster.start();
    lost = cluster.node(4);
    client = new HttpJson(cluster.http());
    new Photos(client, "failover").create(3, 1).add(PICTURES);
  }

  private static NodeSpec dataNode(String name) {
    return TestNodes.small(name)
        .with("sightline.inference.enabled", "false")
        .with("sightline.inference.timeout", TIMEOUT.toSeconds() + "s");
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
  }

  private static String rerank(String text) {
    return Photos.json(
        """
        { "retriever": { "image_text_match": {
            "retriever": { "knn": { "field": "photo_vector", "k": 20, "num_candidates": 60,
              "query_vector_builder": { "image_text_embedding": {
                "model_id": "emoji-clip", "input": "%s" } } } },
            "model_id": "emoji-blip", "input": "%s", "field": "photo",
            "rank_window_size": 20, "allow_rerank_failures": true } },
          "size": 10, "_source": ["name"] }""",
        text, text);
  }

  private static JsonNode search(int number) {
    // texts that differ, so that the cache of texts answers none of them
    String text = PICTURES.get(number % PICTURES.size()).name() + " number " + number;
    JsonNode reply = client.ok("POST", "/failover/_search", rerank(text));
    assertEquals(0, reply.required("_shards").required("failed").asInt(), reply::toString);
    assertEquals(10, reply.required("hits").required("hits").size());
    return reply;
  }

  /** Indexes pictures under new ids, and sends again what was refused for lack of room. */
  private static void index(int number) {
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      left.add(number * 10 + i);
    }
    while (!left.isEmpty()) {
      StringBuilder lines = new StringBuilder();
      for (int id : left) {
        Picture picture = PICTURES.get(id % PICTURES.size());
        lines.append(Photos.action("copy-" + id)).append(Photos.document(picture, id)).append('\n');
      }
      JsonNode items = client.ok("POST", "/failover/_bulk", lines.toString()).required("items");
      assertEquals(left.size(), items.size());
      List<Integer> refused = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        JsonNode item = items.get(i).required("index");
        int status = item.required("status").asInt();
        assertTrue(status < 300 || status == 429, item::toString);
        if (status == 429) {
          refused.add(left.get(i));
        }
      }
      left = refused;
    }
  }

  private static long withVector() {
    client.ok("POST", "/failover/_refresh", null);
    return client
        .ok(
            "POST",
            "/failover/_count",
            "{ \"query\": { \"exists\": { \"field\": \"photo_vector\" } } }")
        .required("count")
        .asLong();
  }

  private static int inferenceNodes() {
    int nodes = 0;
    for (JsonNode stats : client.ok("GET", "/_sightline/stats", null).required("nodes")) {
      nodes += stats.required("inference").asBoolean() ? 1 : 0;
    }
    return nodes;
  }

  private static long served(String node) {
    for (JsonNode stats : client.ok("GET", "/_sightline/stats", null).required("nodes")) {
      if (stats.required("name").asText().equals(node)) {
        return stats.path("requests").asLong();
      }
    }
    return 0;
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, () -> "waited in vain for: " + what);
      Thread.onSpinWait();
    }
  }

  /** kill -9 while bulk requests and reranks run: no search fails and no document is lost. */
  @Test
  void aKilledNodeIsNotMissed() {
    long before = withVector();
    try (Load load = new Load(FailoverIT::search, FailoverIT::index)) {
      await("load before the kill", () -> load.least() >= 5);
      lost.kill();
      int atKill = load.least();
      await("load without the node", () -> load.least() >= atKill + 10);
      await("the cluster sees one node", () -> inferenceNodes() == 1);
      cluster.start();
      await("the node is back", () -> inferenceNodes() == 2);
      int atReturn = load.least();
      await("load with the node again", () -> load.least() >= atReturn + 5);
      await("the node serves again", () -> served(lost.name()) > 0);
      load.stop();
      assertTrue(routing("failovers") > 0, "what the node was asked was asked of the other");
      assertEquals(before + 10L * load.done(1), withVector());
    }
  }

  /** A node that is frozen answers nothing and breaks no connection: only time tells. */
  @Test
  void aFrozenNodeIsPassedOver() throws Exception {
    search(0);
    signal("STOP");
    try {
      long start = System.nanoTime();
      for (int number = 1000; number < 1010; number++) {
        JsonNode reply = search(number);
        assertTrue(
            reply.required("took").asLong() < 2 * TIMEOUT.toMillis() + 2000, reply::toString);
      }
      long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
      // the node is silent for half of the timeout once or twice, and then comes last
      assertTrue(seconds < 10 * TIMEOUT.toSeconds() / 2, "ten searches took " + seconds + " s");
    } finally {
      signal("CONT");
    }
    await("both nodes answer", () -> inferenceNodes() == 2);
  }

  private static void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(lost.pid())).start();
    assertTrue(kill.waitFor(10, TimeUnit.SECONDS));
    assertEquals(0, kill.exitValue());
  }

  /** What was kept on disk answers after a restart: no image is encoded again. */
  @Test
  void aRestartedNodeIsWarm() {
    await("both nodes answer", () -> inferenceNodes() == 2);
    List<String> before = Photos.names(search(7));
    await("features are on disk", () -> onDisk("entries") >= counter("features/entries"));
    assertTrue(onDisk("entries") >= 20);
    for (int i = 3; i < 5; i++) {
      cluster.node(i).stop();
    }
    cluster.start();
    await("both nodes are back", () -> inferenceNodes() == 2);
    assertEquals(before, Photos.names(search(7)));
    JsonNode total = client.ok("GET", "/_sightline/stats", null).required("total");
    assertEquals(0, total.at("/roles/image_embedding/inputs").asLong(), total::toString);
    assertTrue(onDisk("hits") > 0);
    assertEquals(0, onDisk("failures"));
  }

  private static long routing(String name) {
    return client.ok("GET", "/_sightline/stats", null).at("/total/routing/" + name).asLong();
  }

  private static long onDisk(String name) {
    return counter("features_on_disk/" + name);
  }

  private static long counter(String name) {
    return client.ok("GET", "/_sightline/stats", null).at("/total/cache/" + name).asLong();
  }
}
