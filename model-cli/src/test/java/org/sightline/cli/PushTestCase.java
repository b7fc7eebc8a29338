package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;
import org.sightline.testsupport.cluster.Folders;

/** The command {@code push} with a bundle and a cluster; none waits for ever. */
@Timeout(120)
abstract class PushTestCase extends CommandTestCase {
  static final String ID = "tiny-clip";

  /** The fixture's graphs have ten parts each of that length, its tokenizer one. */
  static final int PART_BYTES = 12_000;

  final ClusterServer cluster = new ClusterServer();
  Bundle bundle;
  String version;

  @BeforeEach
  void prepare() {
    Path folder = models().resolve(ID);
    Folders.copy(FIXTURES.resolve(ID), folder);
    bundle = Bundle.read(folder);
    version = bundle.manifest().fingerprint();
    placeholders.put(cluster.address(), "CLUSTER");
    placeholders.put(version, "VERSION");
    cluster.partBytes = PART_BYTES;
    nodes("n1 loaded VERSION");
  }

  /**
   * What the nodes say from now on.
   *
   * @param answers one after another, nodes separated by semicolons; {@code VERSION} is the
   *     bundle's
   */
  void nodes(String... answers) {
    cluster.nodes.clear();
    for (String answer : answers) {
      String[] states = answer.replace("VERSION", version).split("; ");
      cluster.nodes.add(ClusterServer.states(answer.isEmpty() ? new String[0] : states));
    }
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  Result push(String... more) {
    return pushTo(cluster.address(), more);
  }

  Result pushTo(String address, String... more) {
    return run(
        Stream.concat(Stream.of("push", ID, "--url", address), Arrays.stream(more))
            .toArray(String[]::new));
  }

  /** Parts of a file, as the server counts those that were sent. */
  List<String> parts(String file, int from, int to) {
    FileSpec spec = bundle.manifest().files().get(file);
    return Stream.iterate(from, part -> part < to, part -> part + 1)
        .map(part -> spec.sha256() + "/" + part)
        .toList();
  }

  /** The command succeeded, and the cluster has the files of the bundle and its manifest. */
  void assertPushed(Result result) throws IOException {
    assertDone(result);
    assertEquals(bundle.manifest().files().keySet(), cluster.models.get(ID).keySet());
    for (String name : bundle.manifest().files().keySet()) {
      assertArrayEquals(
          Files.readAllBytes(bundle.file(name)), cluster.models.get(ID).get(name), name);
    }
    assertArrayEquals(
        Files.readAllBytes(bundle.file(BundleManifest.FILE_NAME)), cluster.manifests.get(ID));
  }

  /** The command failed with that message before anything was in service. */
  void assertRefused(String message, Result result) {
    assertFailed(message, result);
    assertEquals("", result.out());
    assertEquals(0, cluster.models.size());
  }
}
