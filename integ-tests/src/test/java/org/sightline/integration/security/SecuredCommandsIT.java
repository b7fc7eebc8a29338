package org.sightline.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.gallery.Picture;

/** Commands with the rights that their pages ask for, with fewer, and with a wrong password. */
class SecuredCommandsIT {
  private static final String MODEL =
      Installation.checkout().resolve("model-runtime/src/test/fixtures/tiny-clip").toString();

  @TempDir private static Path folder;

  private static SecuredCluster cluster;
  private static String address;
  private static Path pictures;

  @BeforeAll
  static void start() throws IOException {
    cluster = new SecuredCluster();
    address = cluster.node().http().toString();
    pictures = Files.createDirectory(folder.resolve("pictures"));
    for (Picture picture : SecuredCluster.PICTURES.subList(0, 20)) {
      Files.write(pictures.resolve(picture.id() + ".png"), picture.png());
    }
    Files.writeString(folder.resolve("password"), SecuredCluster.PASSWORD + "\n");
    Files.writeString(folder.resolve("wrong"), "incorrect-horse\n");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String run(String user, String password, String... words) {
    List<String> line = new ArrayList<>(Arrays.asList(words));
    line.addAll(List.of("--url", address, "--user", user));
    line.addAll(List.of("--password-file", folder.resolve(password).toString()));
    return cluster.node().run("sightline/sightline-models", line.toArray(String[]::new));
  }

  private static void refused(String message, String user, String password, String... words) {
    String said =
        assertThrows(ClusterException.class, () -> run(user, password, words)).getMessage();
    assertTrue(said.contains(" ended with 1:"), said);
    assertTrue(said.contains("error: " + message), said);
  }

  private static String[] index(String name) {
    return new String[] {"index", pictures.toString(), "--index", name};
  }

  private static void assertMissing(String path) {
    assertEquals(404, cluster.as("admin").send("GET", path, null).status());
  }

  @Test
  void aFolderIsIndexedWithTheRightsOfItsPage() {
    String said = run("librarian", "password", index("secured-folder"));
    assertTrue(said.contains("20 indexed, 0 unchanged, 0 removed, 0 failed, "), said);
    String search =
        "{ \"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": \"smile\" } } }";
    JsonNode hits = cluster.as("reader").ok("POST", "/secured-folder/_search", search);
    assertEquals(10, hits.at("/hits/hits").size(), hits::toString);
    String again = run("librarian", "password", index("secured-folder"));
    assertTrue(again.contains("0 indexed, 20 unchanged, "), again);
    String moved =
        run(
            "librarian",
            "password",
            "reembed",
            "--index",
            "secured-folder",
            "--model",
            "emoji-blip");
    assertTrue(moved.contains("[secured-folder-000002] has what [secured-folder] had"), moved);
  }

  @Test
  void aRightThatIsMissingIsNamed() {
    String rights =
        "give a role with the cluster privileges [manage_ingest_pipelines, monitor] and the"
            + " privilege [all] on the index (HTTP 403, security_exception: action [";
    String start = "this user may not index pictures in [" + address + "]: " + rights;
    refused(
        start + "cluster:admin/ingest/pipeline/", "apprentice", "password", index("secured-other"));
    refused(start + "indices:admin/get]", "indexer", "password", index("secured-other"));
    refused(start + "indices:admin/get]", "librarian", "password", index("hidden"));
    assertMissing("/secured-other");
    assertMissing("/_ingest/pipeline/secured-other");
    refused(
        "this user may not rebuild an index in [" + address + "]: give a role with the cluster",
        "reader",
        "password",
        "reembed",
        "--index",
        "secured-other",
        "--model",
        "emoji-blip");
    refused(
        "this user may not store models in ["
            + address
            + "]: give a role with the cluster privileges [cluster:admin/sightline/model/put,"
            + " cluster:admin/sightline/model/put_part, cluster:monitor/sightline/models]",
        "librarian",
        "password",
        "push",
        MODEL);
  }

  @Test
  void aWrongPasswordIsSaid() {
    String message = "[" + address + "] does not accept this user or API key (HTTP 401, ";
    refused(message, "librarian", "wrong", index("secured-other"));
    refused(message, "operator", "wrong", "push", MODEL);
    assertMissing("/secured-other");
    assertMissing("/_sightline/models/tiny-clip");
  }

  @Test
  void anOperatorPushes() {
    String said = run("operator", "password", "push", MODEL);
    assertTrue(said.contains("tiny-clip  created in [" + address + "]"), said);
    cluster.as("operator").ok("DELETE", "/_sightline/models/tiny-clip", null);
  }
}
