package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.integration.models.PushedBundle;
import org.sightline.integration.security.FileRealm;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/**
 * {@code packaging/kubernetes}: what its scripts do and what its settings make of nodes, without
 * Kubernetes. The plugin is installed by the init container's script, the nodes have the settings
 * of the node sets and the roles of the secret, and the job's script pushes a model.
 */
class KubernetesIT {
  private static final String FOLDER = "kubernetes/";
  private static final String PASSWORD = "correct-horse-battery";

  private static JsonNode nodeSet(String file, String name) {
    for (JsonNode set : PackagingFiles.yaml(FOLDER + file).at("/spec/nodeSets")) {
      if (set.required("name").asText().equals(name)) {
        return set;
      }
    }
    throw new AssertionError(file + " has no node set " + name);
  }

  /** A node with the settings of a node set. */
  private static NodeSpec node(String name, JsonNode settings) {
    NodeSpec spec = NodeSpec.small(name);
    for (Map.Entry<String, JsonNode> setting : settings.properties()) {
      JsonNode value = setting.getValue();
      // a list in one line is YAML again
      spec = spec.with(setting.getKey(), value.isTextual() ? value.asText() : value.toString());
    }
    return spec;
  }

  /** A container's last argument, with its variables set as the file or as {@code real} says. */
  private static String script(JsonNode container, Map<String, String> real) {
    StringBuilder lines = new StringBuilder();
    for (JsonNode variable : container.required("env")) {
      String name = variable.required("name").asText();
      String value = real.getOrDefault(name, variable.path("value").asText());
      lines.append("export ").append(name).append("='").append(value).append("'\n");
    }
    JsonNode command = container.required("command");
    assertEquals("[\"sh\",\"-c\"]", "[" + command.get(0) + "," + command.get(1) + "]");
    return lines.append(command.get(2).asText()).toString();
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** The init container fetches, checks and installs; when it runs again it does nothing. */
  private static Distribution install() throws IOException {
    Distribution image =
        Distribution.unpack(
            Installation.zip("elasticsearch.zip"), Installation.folder("kubernetes"));
    JsonNode container =
        nodeSet("eck/elasticsearch-init-container.yaml", "default")
            .at("/podTemplate/spec/initContainers/0");
    Path zip = Installation.zip("sightline.zip");
    Map<String, String> real = new LinkedHashMap<>();
    real.put("SIGHTLINE_URL", zip.toUri().toString());
    real.put("SIGHTLINE_SHA256", "0".repeat(64));
    String temporary = image.folder().resolve("sightline.zip").toString();
    String refused =
        assertThrows(
                ClusterException.class,
                () ->
                    image.script(script(container, real).replace("/tmp/sightline.zip", temporary)))
            .getMessage();
    assertTrue(refused.contains("FAILED"), refused);
    real.put("SIGHTLINE_SHA256", sha256(zip));
    String script = script(container, real).replace("/tmp/sightline.zip", temporary);
    assertTrue(image.script(script).contains("Installed sightline"));
    assertEquals("", image.script(script));
    return image;
  }

  @Test
  void aClusterOfNodeSetsTakesAModelFromTheJob() throws IOException {
    Distribution image = install();
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(
            image,
            "photos",
            secured(node("data-0", nodeSet("eck/elasticsearch.yaml", "data").get("config"))),
            secured(
                node(
                    "inference-0",
                    nodeSet("eck/elasticsearch.yaml", "inference").get("config"))))) {
      Map<String, String> roles = new TreeMap<>();
      String file =
          PackagingFiles.yaml(FOLDER + "eck/roles.yaml").at("/stringData/roles.yml").asText();
      PackagingFiles.parse(file)
          .properties()
          .forEach(role -> roles.put(role.getKey(), role.getValue().toString()));
      for (ElasticsearchNode node : cluster.nodes()) {
        FileRealm.write(node, PASSWORD, roles);
      }
      cluster.start();
      Path zip = image.folder().resolve("bundle.zip");
      Files.write(zip, PushedBundle.of("my-model", 24).zip());
      String pushed = push(cluster, zip, "first");
      assertTrue(pushed.contains("my-model  created in ["), pushed);
      assertTrue(pushed.contains("inference-0  loaded"), pushed);
      try (HttpJson monitor = new HttpJson(cluster.http(), "sightline_monitor", PASSWORD)) {
        JsonNode nodes = monitor.ok("GET", "/_sightline/models/my-model", null).required("nodes");
        assertEquals(1, nodes.size(), nodes::toString);
        Requests.expect(403, monitor, "POST", "/_sightline/models/my-model/_unload", null);
      }
      assertTrue(
          push(cluster, zip, "again").contains("my-model  unchanged in ["), "the job runs again");
    }
    image.delete();
  }

  private static NodeSpec secured(NodeSpec spec) {
    return spec.secured().with("xpack.security.authc.realms.file.file1.order", "0");
  }

  private static String push(ElasticsearchCluster cluster, Path zip, String pod) {
    JsonNode container =
        PackagingFiles.yaml(FOLDER + "eck/push-model.yaml").at("/spec/template/spec/containers/0");
    ElasticsearchNode node = cluster.node(0);
    Map<String, String> real =
        Map.of(
            "MODEL",
            zip.toString(),
            "CLUSTER",
            cluster.http().toString(),
            "SIGHTLINE_USER",
            "model_pusher",
            "SIGHTLINE_PASSWORD",
            PASSWORD,
            "MODELS",
            node.folder().resolve(pod + "/models").toString());
    String script = script(container, real);
    assertTrue(script.contains(" --ca \"$CA\""), script);
    // the cluster here speaks plain http, for which the command takes no certificates
    return node.script(script.replace(" --ca \"$CA\"", ""));
  }

  /** The values of the chart make the same nodes as the node sets. */
  @Test
  void theChartsValuesAreThoseOfTheNodeSets() {
    for (String name : List.of("data", "inference")) {
      JsonNode values = PackagingFiles.yaml(FOLDER + "helm/" + name + ".yaml");
      JsonNode set = nodeSet("eck/elasticsearch.yaml", name).required("config");
      Map<String, String> chart = new TreeMap<>();
      PackagingFiles.parse(values.at("/esConfig/elasticsearch.yml").asText())
          .properties()
          .forEach(
              setting -> {
                if (setting.getKey().startsWith("xpack.security.") == false) {
                  chart.put(setting.getKey(), setting.getValue().toString());
                }
              });
      if (values.required("roles").isEmpty() == false) {
        chart.put("node.roles", values.required("roles").toString());
      }
      Map<String, String> expected = new TreeMap<>();
      set.properties()
          .forEach(setting -> expected.put(setting.getKey(), setting.getValue().toString()));
      assertEquals(expected, chart);
      assertEquals(name, values.required("nodeGroup").asText());
    }
    assertEquals(
        "photos-data",
        PackagingFiles.yaml(FOLDER + "helm/inference.yaml").required("masterService").asText());
  }

  /** The GPU's node set differs from the usual one in what a GPU needs. */
  @Test
  void aNodeWithAGpuAsksForOne() {
    JsonNode set = nodeSet("eck/elasticsearch-gpu.yaml", "inference-gpu");
    assertEquals("cuda", set.at("/config/sightline.inference.device").asText());
    JsonNode container = set.at("/podTemplate/spec/containers/0");
    assertEquals("1", container.at("/resources/limits/nvidia.com~1gpu").asText());
    assertTrue(container.required("image").asText().endsWith("-cuda"));
    assertEquals(
        nodeSet("eck/elasticsearch.yaml", "data"), nodeSet("eck/elasticsearch-gpu.yaml", "data"));
  }

  /** One version of Elasticsearch in all files, the one that the plugin is built for. */
  @Test
  void allFilesNameTheVersionThatThePluginIsBuiltFor() throws IOException {
    String pom = Files.readString(Installation.checkout().resolve("pom.xml"));
    String version = pom.replaceFirst("(?s).*<elasticsearch.newest>([^<]+)<.*", "$1");
    TreeSet<String> found = new TreeSet<>();
    for (String name : PackagingFiles.names("")) {
      if (name.matches(".*(yaml|yml|Dockerfile.*)")) {
        Matcher stated =
            Pattern.compile("(?:sightline:|version: |VERSION=|imageTag: |-es)(\\d+\\.\\d+\\.\\d+)")
                .matcher(PackagingFiles.text(name).replace("CUDA_VERSION=", ""));
        while (stated.find()) {
          found.add(stated.group(1));
        }
      }
    }
    assertEquals("[" + version + "]", found.toString());
  }
}
