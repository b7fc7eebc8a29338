package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.cluster.Requests;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Tally;
import org.sightline.testsupport.load.Waiting;

/**
 * Three nodes with data and two that run models, with an index of pictures on three shards and a
 * copy of each. The client knows the nodes with data.
 */
public final class FiveNodes implements AutoCloseable {
  static final int DATA_NODES = 3;
  static final int INFERENCE_NODES = 2;

  /** How long a search waits for models. */
  static final Duration TIMEOUT = Duration.ofSeconds(4);

  private static final String ANSWER_ALONE = "discovery.initial_state_timeout:";
  private static final int PICTURES = 120;
  private static final int SIZE = 10;

  private final ElasticsearchCluster cluster;
  private final AnyNode client;
  private final PhotoIndex index;
  private final Gallery pictures;
  private final AtomicInteger next = new AtomicInteger();

  /** Starts the nodes and fills the index. */
  public FiveNodes(Distribution distribution, Gallery gallery) {
    pictures = gallery.first(PICTURES);
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "five-nodes",
            dataNode("data-one"),
            dataNode("data-two"),
            dataNode("data-three"),
            NodeSpec.small("inference-one")
                .with("node.roles", "[]")
                .with("sightline.inference.enabled", "true"),
            NodeSpec.small("inference-two")
                .with("node.roles", "[]")
                .with("sightline.inference.enabled", "true"));
    cluster.start();
    client = new AnyNode(cluster.nodes().subList(0, DATA_NODES));
    index = new PhotoIndex(client, "photos", "emoji-clip", number -> pictures.get(number).base64());
    try {
      cluster.nodes().forEach(FiveNodes::joinFirst);
      fill(index);
      take(PICTURES);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void fill(PhotoIndex empty) {
    empty.createWithoutTitles(DATA_NODES, 1, false).index(0, PICTURES);
    empty.documents(); // refreshes
  }

  /** An index with each picture once, so that no two hits have the same score. */
  PhotoIndex eachOnce(String name) {
    PhotoIndex another =
        new PhotoIndex(client, name, "emoji-clip", number -> pictures.get(number).base64());
    fill(another);
    return another;
  }

  /**
   * The first start has to answer before it knows the others; from now on a node answers when it
   * has joined, as nodes do.
   */
  private static void joinFirst(ElasticsearchNode node) {
    Path settings = node.configuration().resolve("elasticsearch.yml");
    try {
      List<String> lines = Files.readAllLines(settings);
      if (lines.removeIf(line -> line.startsWith(ANSWER_ALONE)) == false) {
        throw new IllegalStateException(settings + " has no " + ANSWER_ALONE);
      }
      Files.write(settings, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static NodeSpec dataNode(String name) {
    return NodeSpec.small(name)
        .with("sightline.inference.enabled", "false")
        .with("sightline.inference.timeout", TIMEOUT.toSeconds() + "s");
  }

  ElasticsearchCluster cluster() {
    return cluster;
  }

  AnyNode client() {
    return client;
  }

  NodeCounters counters() {
    return new NodeCounters(client);
  }

  PhotoIndex index() {
    return index;
  }

  /** A request for a caption of the picture with that number. */
  String captionOf(int number) {
    return "{\"input\":" + PhotoIndex.imageInput(pictures.get(number)) + "}";
  }

  /** How long searches wait for models from now on, as JSON; null for {@link #TIMEOUT}. */
  void patience(String value) {
    client.ok(
        "PUT",
        "/_cluster/settings",
        "{\"persistent\":{\"sightline.inference.timeout\":" + value + "}}");
  }

  /** A client that knows the first node with data alone; the caller closes it. */
  AnyNode oneNode() {
    return new AnyNode(cluster.nodes().subList(0, 1));
  }

  /** The first number of as many that no document has. */
  int take(int count) {
    return next.getAndAdd(count);
  }

  /** The node that runs models and is lost. */
  ElasticsearchNode lost() {
    return cluster.node(DATA_NODES + INFERENCE_NODES - 1);
  }

  /** Waits until both nodes that run models answer. */
  void awaitInferenceNodes() {
    Waiting.until(
        "both inference nodes answer", () -> counters().inferenceNodes() == INFERENCE_NODES);
  }

  /**
   * Searches with rerank by a text that no other number has, so that no cache of texts answers;
   * every fourth number asks for explanations, which nodes with data give.
   *
   * @return the ids of the hits in their order; null when the search failed, which is counted
   */
  List<String> search(int number, Tally tally) {
    return search(client, index, number, tally);
  }

  /** The same in another index, by another client. */
  List<String> search(Requests through, PhotoIndex in, int number, Tally tally) {
    String text = pictures.get(number).name() + " number " + number;
    String body =
        PhotoIndex.json(
            """
            { "retriever": { "image_text_match": {
                "retriever": { "knn": { "field": "photo_vector", "k": 20, "num_candidates": 60,
                  "query_vector_builder": { "image_text_embedding": {
                    "model_id": "emoji-clip", "input": "%s" } } } },
                "model_id": "emoji-blip", "input": "%s", "field": "photo",
                "rank_window_size": 20, "allow_rerank_failures": true } },
              "size": %d, "_source": false, "explain": %s }""",
            text, text, SIZE, number % 4 == 0);
    long start = System.nanoTime();
    HttpJson.Reply reply;
    try {
      reply = through.send("POST", "/" + in.name() + "/_search", body);
    } catch (ClusterException e) {
      tally.failed(e.getMessage());
      return null;
    }
    JsonNode hits = reply.body().at("/hits/hits");
    boolean whole =
        reply.ok()
            && reply.body().at("/_shards/failed").asInt(-1) == 0
            && reply.body().path("timed_out").asBoolean(true) == false
            && hits.size() == SIZE;
    if (whole == false) {
      tally.failed(reply.status() + " " + reply.body());
      return null;
    }
    tally.done(start);
    List<String> ids = new ArrayList<>();
    hits.forEach(hit -> ids.add(hit.required("_id").asText()));
    return ids;
  }

  @Override
  public void close() {
    client.close();
    cluster.close();
  }
}
