package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.cluster.Distribution;
import org.sightline.cluster.ElasticsearchCluster;
import org.sightline.cluster.ElasticsearchNode;
import org.sightline.cluster.HttpJson;
import org.sightline.demo.Picture;

/** Security on: who may search an index may search it by pictures, and no more than that. */
class SecurityIT {
  private static final String PASSWORD = "correct-horse-battery";
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 60);

  private static ElasticsearchCluster cluster;
  private static HttpJson admin;
  private static HttpJson reader;

  @BeforeAll
  static void start() throws IOException {
    Distribution distribution = Installation.unpack("security");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "security",
            TestNodes.small("secured")
                .with("xpack.security.enabled", "true")
                .with("xpack.security.autoconfiguration.enabled", "false")
                .with("xpack.security.authc.realms.file.file1.order", "0"));
    ElasticsearchNode node = cluster.node(0);
    Files.writeString(
        node.configuration().resolve("roles.yml"),
        """
        photo_reader:
          indices:
            - names: [ 'secured' ]
              privileges: [ 'read' ]
        """);
    node.run("elasticsearch-users", "useradd", "admin", "-p", PASSWORD, "-r", "superuser");
    node.run("elasticsearch-users", "useradd", "reader", "-p", PASSWORD, "-r", "photo_reader");
    cluster.start();
    admin = new HttpJson(cluster.http(), "admin", PASSWORD);
    reader = new HttpJson(cluster.http(), "reader", PASSWORD);
    new Photos(admin, "secured").create(2, 0).add(PICTURES);
    new Photos(admin, "hidden").create(1, 0).add(PICTURES.subList(0, 2));
  }

  @AfterAll
  static void stop() {
    reader.close();
    admin.close();
    cluster.close();
  }

  private static final String SEARCH =
      """
      { "query": { "image_text": { "field": "photo_vector", "input": "smiling face", "k": 20 } },
        "_source": ["name"] }""";

  private static final String RERANK =
      """
      { "retriever": { "image_text_match": {
          "retriever": { "knn": { "field": "photo_vector", "k": 20, "num_candidates": 60,
            "query_vector_builder": { "image_text_embedding": {
              "model_id": "emoji-clip", "input": "smiling face" } } } },
          "model_id": "emoji-blip", "input": "smiling face", "field": "photo",
          "rank_window_size": 20 } }, "size": 10, "_source": ["name"] }""";

  @Test
  void aReaderSearchesAndReranks() {
    for (String body : List.of(SEARCH, RERANK)) {
      JsonNode asReader = reader.ok("POST", "/secured/_search", body);
      JsonNode asAdmin = admin.ok("POST", "/secured/_search", body);
      assertEquals(10, Photos.names(asReader).size());
      assertEquals(Photos.names(asAdmin), Photos.names(asReader));
    }
  }

  @Test
  void aReaderSeesNoOtherIndex() {
    assertEquals(403, reader.send("POST", "/hidden/_search", SEARCH).status());
    assertEquals(403, reader.send("POST", "/hidden/_search", RERANK).status());
  }

  @Test
  void aReaderCannotReadVectorsOfOtherIndicesThroughTheQuery() {
    String body =
        Photos.json(
            """
        { "query": { "image_text": { "field": "photo_vector", "input": {
            "type": "document", "index": "hidden", "id": "%s", "path": "photo_vector" } } } }""",
            PICTURES.get(0).id());
    HttpJson.Reply reply = reader.send("POST", "/secured/_search", body);
    assertEquals(403, reply.status(), () -> reply.body().toString());
    admin.ok("POST", "/secured/_search", body);
  }

  @Test
  void aReaderMayNotCallTheModelsThemselves() {
    String models = "/_sightline/models/emoji-clip";
    for (HttpJson.Reply reply :
        List.of(
            reader.send("POST", models + "/_embed", "{ \"input\": \"a\" }"),
            reader.send("POST", models + "/_unload", null),
            reader.send("GET", models, null))) {
      assertEquals(403, reply.status(), () -> reply.body().toString());
      assertTrue(reply.reason().contains("is unauthorized for user [reader]"), reply::reason);
    }
    assertEquals(403, reader.send("GET", "/_sightline/stats", null).status());
    admin.ok("POST", "/_sightline/models/emoji-clip/_embed", "{ \"input\": \"a\" }");
  }

  @Test
  void nobodyGetsNothing() {
    try (HttpJson stranger = new HttpJson(cluster.http())) {
      assertEquals(401, stranger.send("POST", "/secured/_search", SEARCH).status());
      assertEquals(401, stranger.send("GET", "/_sightline/models", null).status());
    }
  }
}
