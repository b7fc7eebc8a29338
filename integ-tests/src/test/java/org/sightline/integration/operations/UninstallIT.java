package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.integration.Walkthrough;
import org.sightline.integration.models.PushedBundle;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** {@code docs/operations/uninstall.md}: the plugin leaves as the page says, and not otherwise. */
class UninstallIT {
  private static final String PAGE = "docs/operations/uninstall.md";
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 8);
  private static final String KEPT = ".sightline-models-1";

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static ElasticsearchNode node;

  @BeforeAll
  static void unpack() {
    distribution = Installation.unpack("uninstall");
    cluster = ElasticsearchCluster.of(distribution, "uninstall", NodeSpec.small("left"));
    node = cluster.node(0);
  }

  @AfterAll
  static void delete() {
    cluster.close();
    distribution.delete();
  }

  private static HttpJson start() {
    cluster.start();
    return new HttpJson(cluster.http());
  }

  private static Path settings() {
    return node.configuration().resolve("elasticsearch.yml");
  }

  /** A node on which everything of the plugin is in use. */
  private static void use() {
    if (Files.notExists(distribution.home().resolve("plugins/sightline"))) {
      distribution.installPlugin(Installation.zip("sightline.zip"));
    }
    try (HttpJson client = start()) {
      PushedBundle.of("my-model", 24).push(client);
      new PhotoIndex(client, "photos").create(1, 0).add(PICTURES);
      client.ok(
          "PUT",
          "/_cluster/settings",
          """
          { "persistent": { "sightline.inference.timeout": "20s",
              "breaker.sightline.limit": "50%" } }""");
    }
  }

  /** Documents and vectors are those of before. */
  private static void assertDocumentsStay(HttpJson client) {
    PhotoIndex photos = new PhotoIndex(client, "photos");
    assertEquals(PICTURES.size(), photos.withVector());
    String search =
        PhotoIndex.json(
            "{ \"query\": { \"knn\": { \"field\": \"photo_vector\", \"query_vector\": %s } } }",
            Arrays.toString(photos.vector(PICTURES.get(3).id(), "photo_vector")));
    assertEquals(PICTURES.get(3).id(), Requests.ids(photos.search(search)).get(0));
  }

  @Test
  void afterThePreparationNothingIsLeft() {
    use();
    Walkthrough before = Walkthrough.of(PAGE, "Before");
    try (HttpJson client = new HttpJson(cluster.http())) {
      before.ask(client);
      before.ask(client);
      before.ask(client);
      before.end();
    }
    node.stop();
    Walkthrough each = Walkthrough.of(PAGE, "On each node");
    String data = node.folder().resolve("data").toString();
    assertTrue(Files.exists(Path.of(data, "sightline")));
    each.where(" data/", " " + data + "/").run(node);
    assertFalse(Files.exists(Path.of(data, "sightline")));
    assertFalse(Files.exists(node.configuration().resolve("sightline")));
    assertFalse(Files.exists(distribution.home().resolve("plugins/sightline")));
    assertFalse(Files.exists(distribution.home().resolve("bin/sightline")));
    try (HttpJson client = start()) {
      assertEquals("{}", client.ok("GET", "/_cluster/settings", null).at("/persistent").toString());
      client.ok(
          "PUT", "/_cluster/settings", "{\"persistent\":{\"action.auto_create_index\":true}}");
      assertEquals(404, client.send("GET", "/_ingest/pipeline/photos", null).status());
      client.ok("PUT", "/photos/_doc/new", "{\"title\":\"a red heart\"}");
      assertDocumentsStay(client);
      assertEquals(200, client.send("GET", "/" + KEPT, null).status());
      each.ask(client);
      assertEquals(404, client.send("GET", "/" + KEPT, null).status());
      client.ok("DELETE", "/photos", null);
    }
    each.end();
    node.stop();
  }

  @Test
  void whatWasLeftHasItsSymptoms() throws IOException {
    use();
    node.stop();
    node.script("bin/elasticsearch-plugin remove sightline --purge");
    Walkthrough page = Walkthrough.of(PAGE, "When something was left");
    List<String> sound = Files.readAllLines(settings());
    for (String line :
        List.of("sightline.inference.device: cpu", "thread_pool.sightline_infer.size: 2")) {
      Files.writeString(settings(), line + "\n", StandardOpenOption.APPEND);
      String said = assertThrows(ClusterException.class, cluster::start).getMessage();
      if (line.startsWith("sightline.")) {
        page.shows(said);
      }
      String name = line.substring(0, line.indexOf(':'));
      assertTrue(said.contains("unknown setting [" + name + "] please check"), said);
      Files.write(settings(), sound);
    }
    // of these Elasticsearch itself knows every name
    Files.writeString(settings(), "breaker.sightline.limit: 50%\n", StandardOpenOption.APPEND);
    try (HttpJson client = start()) {
      page.shows(Files.readString(node.log()));
      page.shows(page.refused(400, client).reason());
      page.ask(client);
      page.shows(page.refused(500, client).reason());
      page.ask(client);
      page.shows(page.refused(400, client).reason());
      page.end();
      client.ok("PUT", "/photos/_doc/new", "{\"title\":\"a red heart\"}");
      assertDocumentsStay(client);
      assertTrue(Files.exists(node.folder().resolve("data/sightline/models")));
      client.ok("DELETE", "/" + KEPT, null);
      client.ok("DELETE", "/photos", null);
    }
    node.stop();
  }
}
