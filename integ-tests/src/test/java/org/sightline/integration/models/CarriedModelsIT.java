package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.Folders;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.web.HubServer;

/**
 * The commands of the pages about clusters without a network and about Elastic Cloud, as they stand
 * there: on a machine with a hub, then on one without.
 */
class CarriedModelsIT {
  private static final Path FIXTURES =
      Installation.checkout().resolve("model-runtime/src/test/fixtures");
  private static final String SIGLIP = "onnx-community/siglip2-base-patch16-224-ONNX";
  private static final String CLIP = "Xenova/clip-vit-base-patch32";

  private static Distribution distribution;
  private static Path release;

  /** An Elasticsearch without the plugin, and the plugin's zip under its released name. */
  @BeforeAll
  static void unpack() throws IOException {
    distribution =
        Distribution.unpack(Installation.zip("elasticsearch.zip"), Installation.folder("carried"));
    release = Files.createDirectory(distribution.folder().resolve("release"));
    Files.createSymbolicLink(
        release.resolve("sightline-0.1.0-es9.5.3-linux-x86_64.zip"),
        Installation.zip("sightline.zip"));
  }

  @AfterAll
  static void delete() {
    distribution.delete();
  }

  /** The blocks of shell commands of a page. */
  private static List<String> blocks(String page) throws IOException {
    String text = Files.readString(Installation.checkout().resolve("docs/operations/" + page));
    Matcher block =
        Pattern.compile("^```sh\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE).matcher(text);
    List<String> blocks = new ArrayList<>();
    while (block.find()) {
      blocks.add(block.group(1));
    }
    return blocks;
  }

  /** Runs commands in the folder of Elasticsearch; each must succeed. */
  private static void run(String commands, String hub, String cluster)
      throws IOException, InterruptedException {
    String java = System.getProperty("java.home");
    String script =
        commands
            .replace("/path/to", release.toString())
            .replace("jdk/bin/", java + "/bin/")
            .replace("http://localhost:9200", cluster);
    ProcessBuilder builder = new ProcessBuilder("bash", "-euxo", "pipefail", "-c", script);
    builder.directory(distribution.home().toFile()).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    List.of("JAVA_HOME", "ES_HOME", "ES_PATH_CONF", "HF_TOKEN").forEach(environment::remove);
    environment.putAll(Map.of("ES_JAVA_HOME", java, "HF_ENDPOINT", hub));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  private static String pinned(String id) {
    String entry = distribution.run("sightline/sightline-models", "catalog", id);
    Matcher commit = Pattern.compile("@([0-9a-f]{40})").matcher(entry);
    assertTrue(commit.find(), entry);
    return commit.group(1);
  }

  @Test
  void modelsAreCarriedIntoAClusterWithoutANetwork() throws Exception {
    List<String> carried = blocks("air-gapped.md");
    List<String> cloud = blocks("elastic-cloud.md");
    assertEquals(3, carried.size());
    assertEquals(3, cloud.size(), "the models, and two requests to Elastic");
    String nowhere = "http://localhost:1";
    try (HubServer hub = new HubServer(SIGLIP)) {
      hub.with(FIXTURES.resolve("hub-siglip2"));
      HubServer.put(FIXTURES.resolve("hub-clip"), "", hub.repository(CLIP));
      List<String> outside = carried.get(0).lines().toList();
      run(outside.get(0), hub.address(), nowhere); // installs the plugin, which has the catalogue
      hub.revisions.add(pinned("siglip2-base"));
      run(String.join("\n", outside.subList(1, outside.size())), hub.address(), nowhere);
      run(cloud.get(1), hub.address(), nowhere);
    }
    Path home = distribution.home();
    Folders.delete(home.resolve("bundles"));
    Folders.delete(home.resolve("cloud"));
    distribution.run("elasticsearch-plugin", "remove", "sightline");

    run(carried.get(1), nowhere, nowhere);
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(distribution, "carried", NodeSpec.small("inside"))) {
      // as Elastic Cloud unpacks a bundle into the config folder
      Path configuration = cluster.node(0).configuration();
      run(
          "(cd " + configuration + " && jdk/bin/jar --extract --file " + home + "/models.zip)",
          nowhere,
          nowhere);
      cluster.start();
      run(carried.get(2), nowhere, cluster.http().toString());
      try (HttpJson client = new HttpJson(cluster.http())) {
        assertServed(client, "siglip2-base", "cluster");
        assertServed(client, "clip-vit-b-32", "folder");
      }
    }
  }

  private static void assertServed(HttpJson client, String id, String source) {
    String path = "/_sightline/models/" + id;
    assertEquals(source, client.ok("GET", path, null).required("source").asText());
    assertTrue(PhotoIndex.embed(client, id, "\"a red heart\"").length > 0, id);
  }
}
