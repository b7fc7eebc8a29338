package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sightline.integration.ErrorTable.Row;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.web.HubServer;

/**
 * Every row of {@code docs/errors.md}: the request or command as a user makes it, and the message
 * that comes back. Requests go to a node with the README's index and what the page's own console
 * blocks add to it; commands run in the folder of the installation.
 */
class ErrorsIT {
  private static final Path PAGE = Installation.checkout().resolve("docs/errors.md");

  /** The address that the page has for the node. */
  private static final String ADDRESS = "localhost:9200";

  /** The address that the page has for a hub. */
  private static final String HUB = "http://hub.example";

  private static HubServer hub;
  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static HttpJson client;

  @BeforeAll
  static void start() throws IOException {
    distribution = Installation.unpack("errors");
    cluster = ElasticsearchCluster.of(distribution, "errors", NodeSpec.small("errors")).start();
    client = new HttpJson(cluster.http());
    for (Path page : List.of(Installation.checkout().resolve("README.md"), PAGE)) {
      for (DocumentationExamples.Example example : DocumentationExamples.read(page).examples()) {
        if (example.method().equals("PUT")) {
          client.ok("PUT", "/" + example.path(), example.body());
        }
      }
    }
    hub = new HubServer("owner/checkpoint");
    hub.files.put("model.safetensors", new byte[8]);
    hub.gated.add("owner/gated");
    // what the page says of the folder in which commands run
    Path folder = Files.createDirectories(distribution.home().resolve("clip-checkpoint"));
    Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"clip\"}");
    Files.write(folder.resolve("model.safetensors"), new byte[8]);
    Files.write(distribution.home().resolve("bundle.zip"), new byte[8]);
    Files.writeString(distribution.home().resolve("password"), "correct-horse-battery");
  }

  @AfterAll
  static void stop() {
    hub.close();
    client.close();
    cluster.close();
    distribution.delete();
  }

  @TestFactory
  Stream<DynamicTest> everyMistakeHasItsMessage() throws IOException {
    List<Row> rows = ErrorTable.read(PAGE);
    assertFalse(rows.isEmpty(), "the page has no rows");
    return rows.stream()
        .map(row -> DynamicTest.dynamicTest(row.place() + " " + row.mistake(), () -> run(row)));
  }

  private static void run(Row row) {
    switch (row.action()) {
      case ErrorTable.Request request -> run(row, request);
      case ErrorTable.Command command -> run(row, command);
    }
  }

  /** The message stands as a reason somewhere in the answer: also of one input or one document. */
  private static void run(Row row, ErrorTable.Request request) {
    HttpJson.Reply reply = client.send(request.method(), "/" + request.path(), request.body());
    List<String> reasons = new ArrayList<>();
    reply.body().findValues("reason").stream().map(JsonNode::asText).forEach(reasons::add);
    assertEquals(row.status(), reply.status(), () -> reply.body().toString());
    assertTrue(reasons.stream().anyMatch(row::matches), () -> row + " got " + reply.body());
  }

  private static void run(Row row, ErrorTable.Command command) {
    ElasticsearchNode node = cluster.node(0);
    String address = cluster.http().getAuthority();
    String atHub = hub.address();
    String[] words =
        command.words().stream()
            .map(word -> word.replace(ADDRESS, address).replace(HUB, atHub))
            .toArray(String[]::new);
    ClusterException failure =
        assertThrows(
            ClusterException.class,
            () -> node.run("sightline/sightline-models", words),
            row::place);
    String said =
        failure
            .getMessage()
            .replace(address, ADDRESS)
            .replace(atHub, HUB)
            .replace(distribution.home() + "/", "");
    assertTrue(said.contains(" ended with " + row.status() + ":"), said);
    assertTrue(
        said.lines()
            .filter(line -> line.startsWith("error: "))
            .anyMatch(line -> row.matches(line.substring("error: ".length()))),
        () -> row + " got " + said);
  }
}
