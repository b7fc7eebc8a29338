package org.sightline.integration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/**
 * Three nodes that all test classes share, because starting them costs more than the tests. The
 * third runs no models. On each of them lies a broken bundle, so everything here is also a test
 * that it disturbs nobody. Tests use indices of their own.
 */
final class SharedCluster implements AutoCloseable {
  static final String BROKEN_MODEL = "broken-model";

  private final ElasticsearchCluster cluster;
  private final List<HttpJson> clients;

  SharedCluster() {
    Distribution distribution = Installation.unpack("shared");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "shared",
            NodeSpec.small("inference-one"),
            NodeSpec.small("inference-two"),
            NodeSpec.small("no-inference").with("sightline.inference.enabled", "false"));
    cluster.nodes().forEach(SharedCluster::addBrokenBundle);
    cluster.start();
    clients = cluster.nodes().stream().map(node -> new HttpJson(node.http())).toList();
  }

  /** A manifest that is no JSON object of format 1. */
  static void addBrokenBundle(ElasticsearchNode node) {
    Path bundle = node.configuration().resolve("sightline/models").resolve(BROKEN_MODEL);
    try {
      Files.createDirectories(bundle);
      Files.writeString(bundle.resolve("model.json"), "{ \"format_version\": 99 }");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A node that runs models. */
  HttpJson client() {
    return clients.get(0);
  }

  /** The other node that runs models. */
  HttpJson secondClient() {
    return clients.get(1);
  }

  /** The node that runs no models. */
  HttpJson clientWithoutInference() {
    return clients.get(2);
  }

  ElasticsearchNode node() {
    return cluster.node(0);
  }

  @Override
  public void close() {
    clients.forEach(HttpJson::close);
    cluster.close();
  }
}
