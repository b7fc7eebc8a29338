package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** The suites of {@code rest-api-spec/test}, against real nodes; together they make every call. */
@ExtendWith(ClusterExtension.class)
class YamlSuiteIT {
  private static final Path SPECS =
      Installation.checkout().resolve("integ-tests/src/test/resources/rest-api-spec");

  private final Set<String> called = new TreeSet<>();

  private static List<Path> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(SPECS.resolve(folder))) {
      return files.sorted().toList();
    }
  }

  @TestFactory
  Stream<DynamicNode> suites(SharedCluster cluster) throws IOException {
    List<DynamicNode> tests = new ArrayList<>();
    for (Path file : files("test/sightline")) {
      List<JsonNode> parts;
      try (var documents = new YAMLMapper().readerFor(JsonNode.class).readValues(file.toFile())) {
        parts = documents.readAll().stream().map(JsonNode.class::cast).toList();
      }
      for (JsonNode part : parts) {
        String name = part.fieldNames().next();
        if (name.equals("setup") || name.equals("teardown")) {
          continue;
        }
        tests.add(
            DynamicTest.dynamicTest(
                file.getFileName() + ": " + name,
                () -> {
                  YamlSuite suite = new YamlSuite(cluster.client());
                  try {
                    run(suite, parts, "setup");
                    suite.run(part.required(name));
                  } finally {
                    run(suite, parts, "teardown");
                    called.addAll(suite.called());
                  }
                }));
      }
    }
    tests.add(DynamicTest.dynamicTest("every call of the plugin", this::everyCallIsMade));
    return tests.stream();
  }

  private static void run(YamlSuite suite, List<JsonNode> parts, String name) {
    parts.stream().filter(part -> part.has(name)).forEach(part -> suite.run(part.required(name)));
  }

  private void everyCallIsMade() throws IOException {
    Set<String> specified = new TreeSet<>();
    for (Path file : files("api")) {
      specified.add(file.getFileName().toString().replace(".json", ""));
    }
    called.removeIf(name -> !name.startsWith("sightline."));
    assertEquals(specified, called);
  }
}
