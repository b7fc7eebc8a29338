package org.sightline.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.NodeSpec;

/** Nodes that start fast and leave room for their neighbours. */
final class TestNodes {
  private TestNodes() {}

  /** The quick compiler alone: short-lived nodes spend their time starting. */
  static NodeSpec small(String name) {
    return new NodeSpec(
        name, 0, Map.of(), List.of("-Xms384m", "-Xmx512m", "-XX:TieredStopAtLevel=1"));
  }

  /** The same with security on. */
  static NodeSpec secured(String name) {
    return small(name)
        .with("xpack.security.enabled", "true")
        .with("xpack.security.autoconfiguration.enabled", "false");
  }

  /** Copies a bundle to where a node that has not started will look for it, under its name. */
  static void addBundle(ElasticsearchNode node, Path bundle) throws IOException {
    Path models = node.configuration().resolve("sightline/models");
    Path copy = Files.createDirectories(models.resolve(bundle.getFileName().toString()));
    try (Stream<Path> files = Files.list(bundle)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
  }
}
