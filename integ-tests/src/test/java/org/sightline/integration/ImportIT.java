package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/** The command that is installed with the plugin, and a node that uses what it imported. */
class ImportIT {
  private static final String COMMAND = "sightline/sightline-models";
  private static final Path FIXTURES =
      Installation.checkout().resolve("model-runtime/src/test/fixtures");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void aNodeEmbedsWithAModelThatTheCommandImported() throws IOException {
    Distribution distribution = Installation.unpack("import");
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(distribution, "import", NodeSpec.small("importer"))) {
      ElasticsearchNode node = cluster.node(0);
      Path models = node.configuration().resolve("sightline/models");
      importModels(node, models);
      cluster.start();
      try (HttpJson client = new HttpJson(cluster.http())) {
        for (String id : new String[] {"hub-clip", "hub-siglip"}) {
          assertEmbedsLikeTheReference(client, id);
        }
      }
    }
    distribution.delete();
  }

  /** Before the node starts: it reads its models once. */
  private static void importModels(ElasticsearchNode node, Path models) {
    String siglip = FIXTURES.resolve("hub-siglip").toString();
    ClusterException refused =
        assertThrows(ClusterException.class, () -> node.run(COMMAND, "import", siglip));
    assertTrue(refused.getMessage().contains(" ended with 1:"), refused::getMessage);
    assertTrue(refused.getMessage().contains("give --logit-scale"), refused::getMessage);
    assertFalse(Files.exists(models.resolve("hub-siglip")));
    assertThrows(ClusterException.class, () -> node.run(COMMAND, "import", siglip, "--wrong"));

    node.run(COMMAND, "import", siglip, "--logit-scale", "20", "--logit-bias", "-8");
    String printed = node.run(COMMAND, "import", FIXTURES.resolve("hub-clip").toString());
    assertTrue(printed.contains("imported to " + models.resolve("hub-clip")), printed);
    String list = node.run(COMMAND, "list");
    for (String id : new String[] {"emoji-blip", "emoji-clip", "hub-clip", "hub-siglip"}) {
      assertTrue(list.contains(id + "  "), list);
    }
    assertTrue(node.run(COMMAND, "verify", "hub-clip").contains("verified: "));
    assertTrue(node.run(COMMAND, "verify", "emoji-blip").contains("verified: "));
  }

  private static void assertEmbedsLikeTheReference(HttpJson client, String id) throws IOException {
    JsonNode reference = MAPPER.readTree(FIXTURES.resolve(id + ".reference.json").toFile());
    for (JsonNode image : reference.required("images")) {
      byte[] bytes = Files.readAllBytes(FIXTURES.resolve(image.required("file").asText()));
      assertSame(image, PhotoIndex.embed(client, id, Requests.imageInput(bytes)));
    }
    for (JsonNode text : reference.required("texts")) {
      if (text.required("text").asText().isEmpty() == false) { // REST refuses an empty text
        assertSame(text, PhotoIndex.embed(client, id, text.required("text").toString()));
      }
    }
  }

  private static void assertSame(JsonNode expected, float[] vector) {
    float[] wanted = PhotoIndex.floats(expected.required("embedding"));
    double cosine = Requests.dot(wanted, vector);
    assertTrue(cosine >= 0.9999, expected + ": cosine " + cosine);
  }
}
