package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * A node with data and one that runs models: what goes between them, told by the counters of the
 * node that sends. Pictures are encoded by the model that matches, so that indexing them keeps the
 * tokens that reranks need.
 */
class ImageBytesIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 40);
  private static final int WINDOW = 20;

  private static ElasticsearchCluster cluster;
  private static ElasticsearchNode models;
  private static HttpJson client;

  @BeforeAll
  static void start() {
    Distribution distribution = Installation.unpack("image-bytes");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "image-bytes",
            NodeSpec.small("coordinator")
                .with("sightline.inference.enabled", "false")
                .with("cluster.initial_master_nodes", "coordinator"),
            NodeSpec.small("models")
                .with("node.roles", "[]")
                .with("sightline.inference.enabled", "true"));
    cluster.start();
    models = cluster.node(1);
    client = new HttpJson(cluster.http());
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
  }

  /** Indexes all pictures; afterwards the node that runs models has the tokens of each on disk. */
  @BeforeEach
  void index() {
    client.send("DELETE", "/pictures", null);
    client.ok(
        "PUT",
        "/_ingest/pipeline/pictures",
        PhotoIndex.pipeline("\"skip_existing\": false")
            .replace(PhotoIndex.EMBEDDING_MODEL, PhotoIndex.MATCHING_MODEL));
    int dimensions = PhotoIndex.dimensions(client, PhotoIndex.MATCHING_MODEL);
    client.ok(
        "PUT",
        "/pictures",
        PhotoIndex.json(
            """
            { "settings": { "number_of_shards": 1, "number_of_replicas": 0,
                "default_pipeline": "pictures" },
              "mappings": { "properties": {
                "photo": { "type": "binary" },
                "name": { "type": "keyword" },
                "photo_digest": { "type": "keyword" },
                "photo_vector": { "type": "dense_vector", "dims": %d, "similarity": "cosine" },
                "title_vector": { "type": "dense_vector", "dims": %d, "similarity": "cosine" } } } }
            """,
            dimensions, dimensions));
    new PhotoIndex(client, "pictures").add(PICTURES);
    Requests.await(
        "tokens are on disk",
        () -> node("models", "/cache/features_on_disk/entries") == 40,
        () -> stats("models").toString());
  }

  private static JsonNode stats(String name) {
    for (JsonNode stats : client.ok("GET", "/_sightline/stats", null).required("nodes")) {
      if (stats.required("name").asText().equals(name)) {
        return stats;
      }
    }
    throw new AssertionError("no node [" + name + "]");
  }

  private static long node(String name, String path) {
    JsonNode value = stats(name).at(path);
    assertTrue(value.isNumber(), () -> path + " of " + stats(name));
    return value.asLong();
  }

  /** What the coordinating node has sent and fetched so far. */
  private record Sent(long images, long bytes, long references, long fetched, long fetches) {
    static Sent of(String purpose) {
      JsonNode stats = stats("coordinator");
      JsonNode images = stats.required("routing").required("images_sent").required(purpose);
      return new Sent(
          images.required("images").asLong(),
          images.required("bytes").asLong(),
          images.required("references").asLong(),
          stats.required("routing").required("fetched_documents").asLong(),
          stats.required("stages").required("fetch").required("count").asLong());
    }

    Sent since(Sent before) {
      return new Sent(
          images - before.images,
          bytes - before.bytes,
          references - before.references,
          fetched - before.fetched,
          fetches - before.fetches);
    }
  }

  /** Reranks the first of the first stage, whose order does not depend on how many they are. */
  private static List<String> rerank(int window) {
    return rerank(window, "");
  }

  private static List<String> rerank(int window, String options) {
    String text = "\"a smiling face\"";
    String first =
        Requests.knn(text, 40, 40, "")
            .replace(PhotoIndex.EMBEDDING_MODEL, PhotoIndex.MATCHING_MODEL);
    String rerank = Requests.rerank(first, text, window, options);
    String body = Requests.search(Requests.retriever(rerank), window);
    List<String> names = PhotoIndex.names(new PhotoIndex(client, "pictures").search(body));
    assertEquals(window, names.size());
    return names;
  }

  private static long bytesOf(List<String> names) {
    return PICTURES.stream()
        .filter(picture -> names.contains(picture.name()))
        .mapToLong(picture -> picture.png().length)
        .sum();
  }

  private static Sent sentBy(Runnable work) {
    Sent before = Sent.of("rerank");
    work.run();
    return Sent.of("rerank").since(before);
  }

  @Test
  void aRerankOfIndexedPicturesSendsNoImages() {
    Sent before = Sent.of("ingest");
    long transported = node("coordinator", "/stages/transport/count");
    index();
    Sent indexing = Sent.of("ingest").since(before);
    assertEquals(40, indexing.images());
    assertEquals(
        PICTURES.stream().mapToLong(picture -> picture.png().length).sum(), indexing.bytes());
    assertTrue(node("coordinator", "/stages/transport/count") > transported);
    assertTrue(stats("coordinator").at("/stages/transport/total_ms").asDouble() > 0);

    long encoded = node("models", "/roles/image_embedding/inputs");
    long hits = node("models", "/cache/features/hits");
    long pairs = node("models", "/roles/matching/inputs");
    assertEquals(new Sent(0, 0, WINDOW, 0, 0), sentBy(() -> rerank(WINDOW)));
    assertEquals(pairs + WINDOW, node("models", "/roles/matching/inputs"));
    assertEquals(hits + WINDOW, node("models", "/cache/features/hits"));
    assertEquals(encoded, node("models", "/roles/image_embedding/inputs"));
    assertTrue(node("models", "/model_memory/taken_bytes") > 0);
  }

  /** Memory is empty after a restart; the disk has what indexing kept. */
  @Test
  void aRestartedNodeIsSentNoImages() {
    List<String> before = rerank(WINDOW);
    models.stop();
    cluster.start();
    assertEquals(0, node("models", "/cache/features/entries"));
    assertEquals(new Sent(0, 0, WINDOW, 0, 0), sentBy(() -> assertEquals(before, rerank(WINDOW))));
    assertEquals(WINDOW, node("models", "/cache/features_on_disk/hits"));
    assertEquals(WINDOW, node("models", "/cache/features/entries"));
    assertEquals(0, node("models", "/roles/image_embedding/inputs"));
    assertEquals(0, node("models", "/stages/decode/count"));
  }

  /** Unloading a model forgets what it kept in memory, not what lies on disk. */
  @Test
  void anUnloadedModelComesBackWithItsTokens() {
    List<String> before = rerank(WINDOW);
    client.ok("POST", "/_sightline/models/emoji-blip/_unload", null);
    assertEquals(0, node("models", "/cache/features/entries"));
    assertEquals(new Sent(0, 0, WINDOW, 0, 0), sentBy(() -> assertEquals(before, rerank(WINDOW))));
  }

  @Test
  void whatIsMissingIsFetchedAndNothingElse() throws IOException {
    // the first document that a node fetches comes alone: it tells how large documents are
    List<String> before = rerank(WINDOW, ", \"verify_digests\": true");
    models.stop();
    clear(models.folder().resolve("data/sightline/features"));
    cluster.start();
    assertEquals(0, node("models", "/cache/features_on_disk/entries"));

    Sent first = sentBy(() -> rerank(5));
    List<String> five = rerank(5);
    assertEquals(new Sent(5, bytesOf(five), 5, 5, 1), first);

    Sent rest = sentBy(() -> assertEquals(before, rerank(WINDOW)));
    assertEquals(
        new Sent(WINDOW - 5, bytesOf(before) - bytesOf(five), WINDOW, WINDOW - 5, 1), rest);
    assertTrue(stats("coordinator").at("/stages/fetch/p50_ms").asDouble() > 0);
    assertEquals(WINDOW, node("models", "/stages/decode/count"));

    assertEquals(new Sent(0, 0, WINDOW, 0, 0), sentBy(() -> rerank(WINDOW)));
    assertEquals(WINDOW, node("models", "/stages/decode/count"));
  }

  private static void clear(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }
}
