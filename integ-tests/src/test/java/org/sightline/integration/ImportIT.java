package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.Folders;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/** The command that is installed with the plugin, and a node that uses what it imported. */
class ImportIT {
  private static final String COMMAND = "sightline/sightline-models";
  private static final Path FIXTURES =
      Installation.checkout().resolve("model-runtime/src/test/fixtures");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir private Path folder;

  @Test
  void aNodeEmbedsWithModelsThatTheCommandImported() throws IOException {
    Distribution distribution = Installation.unpack("import");
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(distribution, "import", NodeSpec.small("importer"))) {
      ElasticsearchNode node = cluster.node(0);
      importModels(node, node.configuration().resolve("sightline/models"));
      Map<String, String> others = importLayouts(node);
      cluster.start();
      try (HttpJson client = new HttpJson(cluster.http())) {
        assertEmbedsLikeTheReference(client, "hub-clip", "hub-clip");
        assertEmbedsLikeTheReference(client, "hub-siglip", "hub-siglip");
        for (Map.Entry<String, String> other : others.entrySet()) {
          assertEmbedsLikeTheReference(client, other.getKey(), other.getValue());
        }
        assertCannotClassify(client, "hub-jina-clip");
      }
    }
    distribution.delete();
  }

  /** Before the node starts: it reads its models once. */
  private static void importModels(ElasticsearchNode node, Path models) {
    String siglip = FIXTURES.resolve("hub-siglip").toString();
    ClusterException refused =
        assertThrows(
            ClusterException.class,
            () -> node.run(COMMAND, "import", siglip, "--logit-scale", "20"));
    assertTrue(refused.getMessage().contains(" ended with 1:"), refused::getMessage);
    assertTrue(refused.getMessage().contains("needs --logit-bias"), refused::getMessage);
    assertFalse(Files.exists(models.resolve("hub-siglip")));
    assertThrows(ClusterException.class, () -> node.run(COMMAND, "import", siglip, "--wrong"));

    node.run(COMMAND, "import", siglip, "--logit-scale", "20", "--logit-bias", "-8");
    String printed = node.run(COMMAND, "import", FIXTURES.resolve("hub-clip").toString());
    assertTrue(printed.contains("imported to " + models.resolve("hub-clip")), printed);
    String list = node.run(COMMAND, "list");
    for (String id : new String[] {"emoji-blip", "emoji-clip", "hub-clip", "hub-siglip"}) {
      assertTrue(list.contains(id + "  "), list);
    }
    assertTrue(node.run(COMMAND, "catalog").contains("sightline-models install siglip2-base"));
    assertTrue(node.run(COMMAND, "verify", "hub-clip").contains("verified: "));
    assertTrue(node.run(COMMAND, "verify", "emoji-blip").contains("verified: "));
  }

  /**
   * Imports a model of each further layout.
   *
   * @return names of the references by model id
   */
  private Map<String, String> importLayouts(ElasticsearchNode node) throws IOException {
    Map<String, String> references = new TreeMap<>();
    for (String name :
        List.of(
            "hub-both", "hub-siglip2", "hub-jina-clip", "hub-openclip", "hub-openclip-siglip")) {
      node.run(COMMAND, "import", FIXTURES.resolve(name).toString());
      references.put(name, name);
    }
    for (String name : List.of("hub-xlm-roberta", "hub-mclip")) {
      Path whole = folder.resolve(name);
      Folders.copy(FIXTURES.resolve(name), whole);
      Folders.copy(FIXTURES.resolve("hub-openclip/visual"), whole.resolve("visual"));
      node.run(COMMAND, "import", readable(whole));
      references.put(name, name);
    }
    // graphs in one folder, configs and tokenizer in another
    Path checkpoint = folder.resolve("checkpoint");
    Files.createDirectories(checkpoint);
    for (String name : List.of("config.json", "preprocessor_config.json", "tokenizer.json")) {
      Files.copy(FIXTURES.resolve("hub-clip").resolve(name), checkpoint.resolve(name));
    }
    for (String name : List.of("hub-half", "hub-int8")) {
      String graphs = FIXTURES.resolve(name).toString();
      node.run(COMMAND, "import", graphs, readable(checkpoint));
      references.put(name, name.equals("hub-half") ? "hub-clip" : name);
    }
    return references;
  }

  private String readable(Path path) throws IOException {
    // the command runs as the user that owns the node's folder
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return path.toString();
  }

  private static void assertCannotClassify(HttpJson client, String id) throws IOException {
    byte[] bytes = Files.readAllBytes(FIXTURES.resolve("images/emoji-heart.png"));
    String body = "{\"input\": " + Requests.imageInput(bytes) + ", \"labels\": [\"cat\", \"dog\"]}";
    HttpJson.Reply refused = client.send("POST", "/_sightline/models/" + id + "/_classify", body);
    assertEquals(400, refused.status(), refused::toString);
    assertTrue(refused.reason().contains("has no [logit_scale]"), refused::toString);
  }

  private static void assertEmbedsLikeTheReference(HttpJson client, String id, String file)
      throws IOException {
    JsonNode reference = MAPPER.readTree(FIXTURES.resolve(file + ".reference.json").toFile());
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
