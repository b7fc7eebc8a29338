package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.NeedsOlderVersion;
import org.sightline.integration.Requests;
import org.sightline.integration.Walkthrough;
import org.sightline.integration.models.PushedBundle;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** {@code docs/operations/backup.md}, from one cluster into another and into itself. */
class BackupIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 20);
  private static final String SEARCH =
      """
      { "query": { "image_text": { "field": "photo_vector", "input": "smiling face", "k": 10 } },
        "_source": ["name"] }""";

  private Walkthrough page;
  private String version;
  private List<String> before;

  @Test
  void modelsAndIndicesComeBack() {
    Distribution distribution = Installation.unpack("backup");
    backUpAndRestore(distribution, distribution);
    distribution.delete();
  }

  /** Indices, models and pipelines of an older Elasticsearch, restored into the newest. */
  @Test
  @NeedsOlderVersion
  void modelsAndIndicesOfAnOlderVersionComeBack() {
    Distribution older = Installation.unpack("backup");
    Distribution newest = Installation.newest().orElseThrow().unpack("backup-newest");
    backUpAndRestore(older, newest);
    older.delete();
    newest.delete();
  }

  private void backUpAndRestore(Distribution distribution, Distribution another) {
    // below the folder of a node, which belongs to the user of the server
    Path repository = distribution.folder().resolve("nodes/saved/repository");
    page = Walkthrough.of("docs/operations/backup.md").where("/mnt/backups", repository.toString());
    String setting = "path.repo: ";
    String line = page.lines("yaml").get(0);
    assertTrue(line.startsWith(setting), line);
    String path = line.substring(setting.length());
    try (ElasticsearchCluster cluster = cluster(distribution, "saved", path);
        HttpJson client = new HttpJson(cluster.http())) {
      save(client);
    }
    try (ElasticsearchCluster cluster = cluster(another, "restored", path);
        HttpJson client = new HttpJson(cluster.http())) {
      restore(client);
    }
    page.end();
  }

  private static ElasticsearchCluster cluster(Distribution distribution, String name, String path) {
    return ElasticsearchCluster.of(distribution, name, NodeSpec.small(name).with("path.repo", path))
        .start();
  }

  private void save(HttpJson client) {
    version = PushedBundle.of("my-model", 24).push(client).required("version").asText();
    createPhotos(client);
    before = names(client, "photos");
    assertEquals(10, before.size());
    page.ask(client); // the repository
    JsonNode snapshot = page.ask(client).required("snapshot");
    assertEquals("SUCCESS", snapshot.required("state").asText(), snapshot::toString);
    assertEquals(
        "[{\"feature_name\":\"sightline\",\"indices\":[\".sightline-models-1\"]}]",
        snapshot.required("feature_states").toString());
  }

  private void restore(HttpJson client) {
    client.ok(
        "PUT",
        "/_snapshot/backups",
        PhotoIndex.json("{ \"type\": \"fs\", \"settings\": { \"location\": \"%s\" } }", "photos"));
    page.ask(client);
    awaitModel(client);
    String health = page.ask(client).at("/indicators/sightline/status").asText();
    assertEquals("green", health);
    assertEquals(before, names(client, "photos"));
    client.ok(
        "PUT", "/photos/_doc/new", PhotoIndex.document(PICTURES.get(0), 0).toString()); // pipeline
    client.ok("DELETE", "/photos/_doc/new?refresh=true", null);

    // the model is gone, and another one came
    client.ok("DELETE", "/_sightline/models/my-model?force=true", null);
    PushedBundle.of("later", 24).push(client);
    page.ask(client);
    awaitModel(client);
    assertEquals(before, names(client, "photos"));
    Requests.await(
        "the later model goes",
        () -> client.send("GET", "/_sightline/models/later", null).status() == 404,
        () -> client.send("GET", "/_sightline/models", null).body().toString());

    page.ask(client);
    assertEquals(before, names(client, "photos-restored"));
  }

  private static List<String> names(HttpJson client, String index) {
    return PhotoIndex.names(new PhotoIndex(client, index).search(SEARCH));
  }

  /** An index whose mapping names the pushed model, and its pipeline. */
  private static void createPhotos(HttpJson client) {
    new PhotoIndex(client, "photos", "my-model", null).create(1, 0);
    String pipeline =
        PhotoIndex.pipeline("\"skip_existing\": false").replace("emoji-clip", "my-model");
    client.ok("PUT", "/_ingest/pipeline/photos", pipeline);
    new PhotoIndex(client, "photos").add(PICTURES);
  }

  private void awaitModel(HttpJson client) {
    String path = "/_sightline/models/my-model";
    Requests.await(
        "the restored model",
        () -> client.send("GET", path, null).body().path("version").asText().equals(version),
        () -> client.send("GET", "/_sightline/models", null).body().toString());
  }
}
