package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Walkthrough;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * {@code docs/operations/monitoring.md} and {@code packaging/monitoring}: what they read is in the
 * answer of a cluster with a node that runs models and one that runs none.
 */
class MonitoringIT {
  private static final String FOLDER = "monitoring/";
  private static final Pattern METRIC = Pattern.compile("\\bsightline[a-z0-9_]*");

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static HttpJson client;
  private static JsonNode stats;
  private static String page;

  @BeforeAll
  static void start() throws IOException {
    distribution = Installation.unpack("monitoring");
    cluster =
        ElasticsearchCluster.of(
                distribution,
                "monitoring",
                NodeSpec.small("runs-models"),
                NodeSpec.small("runs-none").with("sightline.inference.enabled", "false"))
            .start();
    client = new HttpJson(cluster.http());
    new PhotoIndex(client, "photos")
        .create(1, 0)
        .add(Installation.gallery().pictures().subList(0, 4));
    Walkthrough walkthrough = Walkthrough.of("docs/operations/monitoring.md");
    assertEquals("green", walkthrough.ask(client).at("/indicators/sightline/status").asText());
    walkthrough.end();
    stats = client.ok("GET", "/_sightline/stats", null);
    page = Files.readString(Installation.checkout().resolve("docs/operations/monitoring.md"));
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    distribution.delete();
  }

  /** What a path of the exporter, such as <code>{.nodes.*.name}</code>, finds. */
  private static List<JsonNode> find(String path, JsonNode in) {
    assertTrue(path.startsWith("{.") && path.endsWith("}"), path);
    List<JsonNode> found = List.of(in);
    for (String step : path.substring(2, path.length() - 1).split("\\.")) {
      boolean elements = step.endsWith("[*]");
      String name = elements ? step.substring(0, step.length() - 3) : step;
      List<JsonNode> next = new ArrayList<>();
      for (JsonNode node : found) {
        if (name.equals("*")) {
          node.forEach(next::add);
        } else if (node.has(name)) {
          (elements ? node.get(name) : List.of(node.get(name))).forEach(next::add);
        }
      }
      found = next;
    }
    return found;
  }

  private static JsonNode metrics() {
    return PackagingFiles.yaml(FOLDER + "json_exporter.yml").at("/modules/sightline/metrics");
  }

  /** The names of all metrics that the exporter makes. */
  private static Set<String> names() {
    Set<String> names = new TreeSet<>();
    for (JsonNode metric : metrics()) {
      String name = metric.required("name").asText();
      if (metric.required("type").asText().equals("value")) {
        assertTrue(names.add(name), name);
      } else {
        metric
            .required("values")
            .properties()
            .forEach(value -> assertTrue(names.add(name + "_" + value.getKey()), name));
      }
    }
    return names;
  }

  @Test
  void everyPathOfTheExporterIsInTheAnswer() {
    for (JsonNode metric : metrics()) {
      List<JsonNode> found = find(metric.required("path").asText(), stats);
      assertFalse(found.isEmpty(), metric::toString);
      if (metric.required("type").asText().equals("value")) {
        assertTrue(found.get(0).isNumber(), metric::toString);
        continue;
      }
      for (JsonNode object : found) {
        for (Map.Entry<String, JsonNode> label : metric.path("labels").properties()) {
          List<JsonNode> values = find(label.getValue().asText(), object);
          assertEquals(1, values.size(), () -> label + " in " + object);
        }
        for (Map.Entry<String, JsonNode> value : metric.required("values").properties()) {
          if (value.getValue().isNumber()) {
            continue;
          }
          List<JsonNode> values = find(value.getValue().asText(), object);
          assertEquals(1, values.size(), () -> value + " in " + object);
          assertTrue(values.get(0).isNumber(), () -> value + " in " + object);
        }
      }
    }
  }

  @Test
  void alertsAskForMetricsThatAreMadeAndThePageSaysWhatToDo() {
    Set<String> alerts = new TreeSet<>();
    Set<String> names = names();
    for (JsonNode rule :
        PackagingFiles.yaml(FOLDER + "sightline-alerts.yml").at("/groups/0/rules")) {
      String alert = rule.required("alert").asText();
      String expression = rule.required("expr").asText();
      assertTrue(alerts.add(alert), alert);
      Matcher metric = METRIC.matcher(expression);
      int count = 0;
      while (metric.find()) {
        assertTrue(names.contains(metric.group()), () -> alert + ": " + metric.group());
        count++;
      }
      assertTrue(count > 0, expression);
      assertEquals(
          expression.chars().filter(c -> c == '(').count(),
          expression.chars().filter(c -> c == ')').count(),
          expression);
      assertTrue(rule.path("for").asText("1m").matches("\\d+[smh]"), rule::toString);
      String severity = rule.at("/labels/severity").asText();
      assertTrue(
          page.contains("| `" + alert + "` | " + severity + " |"), () -> alert + " " + severity);
      assertFalse(rule.at("/annotations/summary").asText().isBlank(), alert);
    }
    Matcher row = Pattern.compile("(?m)^\\| `(Sightline\\w+)` \\|").matcher(page);
    while (row.find()) {
      assertTrue(alerts.contains(row.group(1)), row.group(1));
    }
  }

  @Test
  void everyFieldOfTheTableIsInTheAnswer() {
    int rows = 0;
    for (String line : page.lines().filter(line -> line.matches("\\| .*\\? \\|.*")).toList()) {
      Matcher field = Pattern.compile("`([a-zA-Z_.]+)`").matcher(line.split("\\|")[2]);
      while (field.find()) {
        String name = field.group(1).replace("ROLE", "image_embedding");
        String parent = line.contains("misses` over") ? "cache.features_on_disk." : "";
        String path = name.contains(".") || stats.at("/total").has(name) ? name : parent + name;
        assertEquals(1, find("{.total." + path + "}", stats).size(), path);
        rows++;
      }
    }
    assertTrue(rows >= 9, page);
  }

  @Test
  void theFilesFitTogether() {
    JsonNode prometheus = PackagingFiles.yaml(FOLDER + "prometheus.yml");
    assertTrue(Files.exists(PackagingFiles.path(FOLDER + prometheus.at("/rule_files/0").asText())));
    JsonNode job = prometheus.at("/scrape_configs/0");
    assertEquals("sightline", job.at("/params/module/0").asText());
    assertTrue(job.at("/params/target/0").asText().endsWith("/_sightline/stats"));
    JsonNode metricbeat =
        PackagingFiles.yaml(FOLDER + "metricbeat.yml").at("/metricbeat.modules/0");
    assertEquals("/_sightline/stats", metricbeat.required("path").asText());
    assertEquals(
        "http." + metricbeat.required("namespace").asText() + ".nodes",
        metricbeat.at("/processors/0/drop_fields/fields/0").asText());
  }
}
