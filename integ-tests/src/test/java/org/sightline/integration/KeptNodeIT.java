package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/** What {@code ./demo} does from start to start: what users put into the node stays. */
class KeptNodeIT {
  private static final Path FOLDER = Installation.folder("kept");
  private static final Path ELASTICSEARCH = Installation.zip("elasticsearch.zip");
  private static final Path PLUGIN = Installation.zip("sightline.zip");
  private static final Path MODEL =
      Installation.checkout().resolve("model-runtime/src/test/fixtures/tiny-clip");

  @Test
  void dataModelsAndSettingsOutliveTheProgramThatStartsTheNode() throws IOException {
    Distribution first = install();
    assertEquals(Optional.empty(), Distribution.existing(FOLDER, ELASTICSEARCH, PLUGIN));
    first.madeOf(ELASTICSEARCH, PLUGIN);
    try (ElasticsearchCluster cluster = cluster(first);
        HttpJson client = new HttpJson(cluster.start().http())) {
      // an index as users make it: its replica has no place on one node
      client.ok("PUT", "/mine/_doc/1?refresh=true", "{ \"a\": 1 }");
      cluster.node(0).copyBundle(MODEL);
      Files.writeString(
          cluster.node(0).configuration().resolve("elasticsearch.yml"),
          "sightline.request.max_inputs: 1\n",
          StandardOpenOption.APPEND);
    }
    Optional<Distribution> second = Distribution.existing(FOLDER, ELASTICSEARCH, PLUGIN);
    assertTrue(second.isPresent());
    check(second.get());
    // other zips: everything but the node's folder is made anew
    assertEquals(Optional.empty(), Distribution.existing(FOLDER, ELASTICSEARCH, ELASTICSEARCH));
    Path left = Files.writeString(second.get().home().resolve("left-behind"), "");
    Distribution third = install();
    assertTrue(Files.notExists(left));
    check(third);
    third.delete();
  }

  private static Distribution install() {
    Distribution distribution = Distribution.renew(ELASTICSEARCH, FOLDER);
    distribution.installPlugin(PLUGIN);
    return distribution;
  }

  private static ElasticsearchCluster cluster(Distribution distribution) {
    return ElasticsearchCluster.of(distribution, "kept", NodeSpec.small("kept"));
  }

  private static void check(Distribution distribution) {
    try (ElasticsearchCluster cluster = cluster(distribution);
        HttpJson client = new HttpJson(cluster.start().http())) {
      assertEquals(1, client.ok("GET", "/mine/_count", null).required("count").asInt());
      List<String> models = new ArrayList<>();
      for (JsonNode model : client.ok("GET", "/_sightline/models", null).required("models")) {
        models.add(model.required("model_id").asText());
      }
      assertEquals(List.of("emoji-blip", "emoji-clip", "tiny-clip"), models);
      String two = "{ \"input\": [ \"a\", \"b\" ] }";
      Requests.expect(400, client, "POST", "/_sightline/models/tiny-clip/_embed", two);
    }
  }
}
