package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Walkthrough;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.Folders;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.web.HubServer;

/**
 * {@code docs/operations/air-gapped.md} and the models of {@code elastic-cloud.md}: on a machine
 * with a hub, then on one without.
 */
class CarriedModelsIT {
  private static final Path FIXTURES =
      Installation.checkout().resolve("model-runtime/src/test/fixtures");
  private static final String SIGLIP = "onnx-community/siglip2-base-patch16-224-ONNX";
  private static final String CLIP = "Xenova/clip-vit-base-patch32";
  private static final String RELEASE = "sightline-0.1.0-es9.5.3-linux-x86_64.zip";

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static ElasticsearchNode node;
  private static Path release;

  /** An Elasticsearch without the plugin, and the plugin's zip under its released name. */
  @BeforeAll
  static void unpack() throws IOException {
    distribution =
        Distribution.unpack(Installation.zip("elasticsearch.zip"), Installation.folder("carried"));
    cluster = ElasticsearchCluster.of(distribution, "carried", NodeSpec.small("inside"));
    node = cluster.node(0);
    release = Files.createDirectory(distribution.folder().resolve("release"));
    Files.createSymbolicLink(release.resolve(RELEASE), Installation.zip("sightline.zip"));
  }

  @AfterAll
  static void delete() {
    cluster.close();
    distribution.delete();
  }

  private static Walkthrough page(String name, String heading) {
    return Walkthrough.of("docs/operations/" + name, heading)
        .where("/path/to", release.toString())
        .where("jdk/bin/", System.getProperty("java.home") + "/bin/");
  }

  /** Runs the next block, with that hub in reach; models of the catalogue are at their commits. */
  private static void run(Walkthrough page, HubServer hub) {
    for (String line : page.lines("sh")) {
      if (line.contains(" install siglip2-base ")) {
        String entry = node.run("sightline/sightline-models", "catalog", "siglip2-base");
        Matcher commit = Pattern.compile("@([0-9a-f]{40})").matcher(entry);
        assertTrue(commit.find(), entry);
        hub.revisions.add(commit.group(1));
      }
      node.script(
          "export HF_ENDPOINT="
              + (hub == null ? "http://localhost:1" : hub.address())
              + "\n"
              + line);
    }
  }

  @Test
  void modelsAreCarriedIntoAClusterWithoutANetwork() throws IOException {
    try (HubServer hub = new HubServer(SIGLIP)) {
      hub.with(FIXTURES.resolve("hub-siglip2"));
      HubServer.put(FIXTURES.resolve("hub-clip"), "", hub.repository(CLIP));
      run(page("air-gapped.md", "On a machine with a network"), hub);
      run(page("elastic-cloud.md", "Models as a bundle"), hub);
    }
    Path home = distribution.home();
    Folders.delete(home.resolve("bundles"));
    Folders.delete(home.resolve("cloud"));
    node.run("elasticsearch-plugin", "remove", "sightline");

    run(page("air-gapped.md", "On every node"), null);
    // as Elastic Cloud unpacks a bundle into the config folder
    String jar = System.getProperty("java.home") + "/bin/jar";
    node.script("cd " + node.configuration() + "\n" + jar + " -xf " + home + "/models.zip");
    cluster.start();
    String address = cluster.http().toString();
    run(page("air-gapped.md", "Once in the cluster").where("http://localhost:9200", address), null);
    try (HttpJson client = new HttpJson(cluster.http())) {
      assertServed(client, "siglip2-base", "cluster");
      assertServed(client, "clip-vit-b-32", "folder");
    }
  }

  private static void assertServed(HttpJson client, String id, String source) {
    String path = "/_sightline/models/" + id;
    assertEquals(source, client.ok("GET", path, null).required("source").asText());
    assertTrue(PhotoIndex.embed(client, id, "\"a red heart\"").length > 0, id);
  }
}
