package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * {@code packaging/compose}: nodes with the settings of each service, which the image takes from
 * the environment, started without an engine.
 */
class ComposeIT {
  /** What the test's own cluster sets, because all nodes are on one machine. */
  private static final Set<String> NETWORK =
      Set.of(
          "cluster.name",
          "node.name",
          "discovery.type",
          "discovery.seed_hosts",
          "cluster.initial_master_nodes");

  private static Distribution distribution;

  @BeforeAll
  static void unpack() {
    distribution = Installation.unpack("compose");
  }

  @AfterAll
  static void delete() {
    distribution.delete();
  }

  /** Services by name. */
  private static Map<String, JsonNode> services(String file) {
    Map<String, JsonNode> services = new TreeMap<>();
    PackagingFiles.yaml("compose/" + file)
        .required("services")
        .properties()
        .forEach(entry -> services.put(entry.getKey(), entry.getValue()));
    return services;
  }

  /** The service as a node: variables with a dot in their name are settings. */
  private static NodeSpec node(String name, JsonNode service) {
    JsonNode environment = service.required("environment");
    assertEquals(name, environment.required("node.name").asText());
    NodeSpec spec = NodeSpec.small(name);
    for (Map.Entry<String, JsonNode> variable : environment.properties()) {
      if (variable.getKey().contains(".") && NETWORK.contains(variable.getKey()) == false) {
        assertTrue(variable.getValue().isTextual(), () -> "compose wants a text: " + variable);
        spec = spec.with(variable.getKey(), variable.getValue().asText());
      }
    }
    return spec;
  }

  private static void assertForThisMachineOnly(JsonNode service) {
    assertEquals("[\"127.0.0.1:9200:9200\"]", service.required("ports").toString());
  }

  private static void assertPage(HttpJson client) {
    HttpJson.Reply page = client.send("GET", "/_sightline/app/", null);
    assertEquals(200, page.status());
    assertTrue(page.body().asText().contains("<html"), page.body()::toString);
  }

  /** The path that the health check asks for. */
  private static String check(JsonNode service) {
    String test = service.at("/healthcheck/test").asText();
    return test.substring(test.indexOf("localhost:9200") + "localhost:9200".length());
  }

  @Test
  void oneNodeHasThePageAndAsksForAPassword() {
    JsonNode service = services("one-node.yml").get("elasticsearch");
    assertForThisMachineOnly(service);
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(distribution, "one-node", node("elasticsearch", service))) {
      // what the image does with ELASTIC_PASSWORD
      cluster
          .node(0)
          .script(
              "bin/elasticsearch-keystore create;"
                  + " echo correct-horse | bin/elasticsearch-keystore add -x bootstrap.password");
      cluster.start();
      try (HttpJson elastic = new HttpJson(cluster.http(), "elastic", "correct-horse");
          HttpJson stranger = new HttpJson(cluster.http())) {
        assertPage(elastic);
        assertEquals(401, stranger.send("GET", "/_sightline/app/", null).status());
        assertEquals(401, stranger.send("GET", check(service), null).status());
        elastic.ok("GET", check(service), null);
        search(elastic);
      }
    }
  }

  private static void search(HttpJson client) {
    PhotoIndex photos =
        new PhotoIndex(client, "photos")
            .create(1, 0)
            .add(Installation.gallery().pictures().subList(0, 10));
    String search =
        "{\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"input\":\"a face\"}}}";
    assertEquals(10, photos.search(search).at("/hits/hits").size());
  }

  @Test
  void threeNodesShareTheWork() {
    Map<String, JsonNode> services = services("three-nodes.yml");
    String names = String.join(",", services.keySet());
    assertEquals("data-1,data-2,inference-1", names);
    List<NodeSpec> specs = new ArrayList<>();
    services.forEach(
        (name, service) -> {
          JsonNode environment = service.required("environment");
          assertEquals(names, environment.required("discovery.seed_hosts").asText());
          assertEquals(names, environment.required("cluster.initial_master_nodes").asText());
          specs.add(node(name, service));
        });
    assertForThisMachineOnly(services.get("data-1"));
    try (ElasticsearchCluster cluster =
            ElasticsearchCluster.of(distribution, "three-nodes", specs.toArray(NodeSpec[]::new));
        HttpJson client = new HttpJson(cluster.start().http())) {
      client.ok("GET", check(services.get("data-1")), null);
      assertPage(client);
      search(client);
      JsonNode runs = client.ok("GET", "/_sightline/models/emoji-clip", null).required("nodes");
      assertEquals(1, runs.size(), runs::toString);
      assertEquals("inference-1", runs.at("/0/name").asText());
      for (JsonNode node : client.ok("GET", "/_nodes/settings", null).required("nodes")) {
        boolean data = node.required("roles").toString().contains("data");
        assertEquals(data, node.required("name").asText().startsWith("data-"), node::toString);
      }
    }
  }
}
