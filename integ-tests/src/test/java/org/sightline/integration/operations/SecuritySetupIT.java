package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.DocumentationExamples;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.integration.Walkthrough;
import org.sightline.integration.models.PushedBundle;
import org.sightline.integration.security.FileRealm;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * {@code docs/operations/security-setup.md}: every role of the page can do its job and no other.
 */
class SecuritySetupIT {
  private static final String PASSWORD = "correct-horse-battery";
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 20);
  private static final String SEARCH =
      """
      { "query": { "image_text": { "field": "photo_vector", "input": "a red heart" } } }""";
  private static final String CLIP = "/_sightline/models/emoji-clip";

  /** A request, and the roles of the page that may send it. */
  private record Job(String method, String path, String body, List<String> roles) {}

  private static final List<String> ROLES =
      List.of(
          "photo_searcher",
          "photo_indexer",
          "photo_owner",
          "model_pusher",
          "model_operator",
          "sightline_monitor",
          "model_caller");

  private static final List<Job> JOBS =
      List.of(
          new Job("POST", "/photos/_search", SEARCH, List.of("photo_searcher", "photo_owner")),
          new Job(
              "POST",
              "/photos/_search",
              Requests.search(
                  Requests.retriever(
                      Requests.rerank(Requests.knn("\"cat\"", 10, 20, ""), "\"cat\"", 10, "")),
                  10),
              List.of("photo_searcher", "photo_owner")),
          new Job(
              "PUT",
              "/photos/_doc/new",
              PhotoIndex.document(PICTURES.get(0), 0).toString(),
              List.of("photo_indexer", "photo_owner")),
          new Job(
              "PUT",
              "/_ingest/pipeline/other",
              PhotoIndex.pipeline("\"skip_existing\": true"),
              List.of("photo_owner")),
          new Job(
              "GET",
              "/_sightline/models",
              null,
              List.of("photo_owner", "model_pusher", "model_operator", "sightline_monitor")),
          new Job(
              "GET",
              "/_sightline/stats",
              null,
              List.of("photo_owner", "model_operator", "sightline_monitor")),
          new Job("POST", CLIP + "/_load", null, List.of("model_operator")),
          new Job("POST", CLIP + "/_unload", null, List.of("model_operator")),
          new Job("POST", CLIP + "/_embed", "{ \"input\": \"a cat\" }", List.of("model_caller")));

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static ElasticsearchNode node;
  private static Walkthrough page;

  /** Clients of users, each with the role of its name. */
  private static final Map<String, HttpJson> USERS = new TreeMap<>();

  /**
   * The server of these tests lacks an analyser that the index of native roles and API keys needs.
   * So what the page sends as roles, and as role descriptors of keys, goes into {@code roles.yml}.
   */
  @BeforeAll
  static void start() throws IOException {
    distribution = Installation.unpack("security-setup");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "security-setup",
            NodeSpec.small("guarded")
                .secured()
                .with("xpack.security.authc.realms.file.file1.order", "0"));
    node = cluster.node(0);
    page = Walkthrough.of("docs/operations/security-setup.md");
    Map<String, String> roles = new TreeMap<>();
    for (String role : ROLES) {
      DocumentationExamples.Example request = page.requests().get(0);
      assertEquals("PUT _security/role/" + role, request.method() + " " + request.path());
      roles.put(role, request.body());
    }
    for (String key : List.of("search_key", "push_key")) {
      DocumentationExamples.Example request = page.requests().get(0);
      assertEquals("POST _security/api_key", request.method() + " " + request.path());
      JsonNode descriptors = new ObjectMapper().readTree(request.body()).get("role_descriptors");
      assertEquals(1, descriptors.size());
      roles.put(key, descriptors.iterator().next().toString());
    }
    FileRealm.write(node, PASSWORD, roles);
    cluster.start();
    roles.keySet().forEach(name -> USERS.put(name, client(name)));
    new PhotoIndex(as("admin"), "photos").create(1, 0).add(PICTURES);
  }

  private static HttpJson client(String user) {
    return new HttpJson(cluster.http(), user, PASSWORD);
  }

  private static HttpJson as(String user) {
    return USERS.computeIfAbsent(user, SecuritySetupIT::client);
  }

  @AfterAll
  static void stop() {
    USERS.values().forEach(HttpJson::close);
    cluster.close();
    distribution.delete();
  }

  @Test
  void eachRoleCanDoItsJobAndNoOther() throws IOException {
    for (Job job : JOBS) {
      for (String role : ROLES) {
        assertAllowed(job.roles().contains(role), role, job);
      }
      assertAllowed(job.roles().contains("photo_searcher"), "search_key", job);
      assertAllowed(job.roles().contains("model_pusher"), "push_key", job);
    }
    String model = "/_sightline/models/by-user";
    PushedBundle.of("by-user", 24).push(as("model_pusher"));
    Requests.expect(403, as("model_pusher"), "DELETE", model, null);
    as("model_operator").ok("DELETE", model, null);
    String rebuilt =
        node.script(
            "export SIGHTLINE_PASSWORD="
                + PASSWORD
                + "; bin/sightline/sightline-models reembed --url "
                + cluster.http()
                + " --user photo_owner --index photos --model emoji-blip");
    assertTrue(rebuilt.contains("documents in [photos-000002]"), rebuilt);
    keysWork();
    page.end();
  }

  private static void assertAllowed(boolean allowed, String user, Job job) {
    HttpJson.Reply reply = as(user).send(job.method(), job.path(), job.body());
    String message = user + ": " + job + ": " + reply.body();
    assertEquals(allowed, reply.ok(), message);
    assertTrue(allowed || reply.status() == 403, message);
  }

  private static void keysWork() throws IOException {
    PushedBundle.of("my-model", 24).write(node.folder().resolve("bundles"));
    String pushed =
        page.where("SIGHTLINE_API_KEY=VnVhQ2ZHY0JDZGJrU…", "SIGHTLINE_PASSWORD=" + PASSWORD)
            .where(" bundles/", " " + node.folder().resolve("bundles") + "/")
            .where("--url http://localhost:9200", "--user push_key --url " + cluster.http())
            .where("http://localhost:9200", cluster.http().toString())
            .where("-H \"Authorization: ApiKey $KEY\"", "-u search_key:" + PASSWORD)
            .run(node);
    assertTrue(pushed.contains("my-model  created in ["), pushed);
    assertTrue(pushed.contains("guarded  loaded"), pushed);
    HttpJson.Reply refused = as("push_key").send("DELETE", "/_sightline/models/my-model", null);
    page.shows(Requests.expect(403, refused).reason());
    String found = page.run(node);
    assertTrue(found.contains("\"hits\":["), found);
  }
}
