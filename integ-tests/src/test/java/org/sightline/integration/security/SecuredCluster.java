package org.sightline.integration.security;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * One node with security on, the trial licence that document- and field-level rules need, and users
 * of the file realm, each of whom has the role of the same name. The searcher, indexer, caller and
 * operator have the roles that {@code docs/security.md} recommends.
 */
final class SecuredCluster implements AutoCloseable {
  static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 60);

  static final String PASSWORD = "correct-horse-battery";

  private static final Map<String, String> ROLES =
      new TreeMap<>(
          Map.ofEntries(
              entry("reader", onIndices("read", "")),
              entry("blind", onIndices("read", hidden("photo"))),
              entry("undigested", onIndices("read", hidden("photo_digest"))),
              entry("unembedded", onIndices("read", hidden("photo_vector', 'views.vector"))),
              entry("unpriced", onIndices("read", hidden("title"))),
              entry("even", onIndices("read", "query: '{ \"term\": { \"group\": \"even\" } }'")),
              entry("indexer", onIndices("index", "")),
              entry("caller", "cluster: [ 'cluster:admin/sightline/inference/*' ]"),
              entry(
                  "operator",
                  "cluster: [ 'cluster:monitor/sightline/*', 'cluster:admin/sightline/model/*' ]"),
              entry(
                  "librarian",
                  "cluster: [ manage_ingest_pipelines, monitor ], " + onIndices("all", "")),
              entry("apprentice", "cluster: [ monitor ], " + onIndices("all", ""))));

  private final ElasticsearchCluster cluster;
  private final Map<String, HttpJson> clients = new TreeMap<>();

  SecuredCluster() throws IOException {
    Distribution distribution = Installation.unpack("security");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "security",
            NodeSpec.small("secured")
                .secured()
                .with("xpack.security.authc.realms.file.file1.order", "0"));
    ElasticsearchNode node = cluster.node(0);
    Map<String, String> roles = new TreeMap<>(ROLES);
    roles.replaceAll((name, privileges) -> "{ " + privileges + " }");
    FileRealm.write(node, PASSWORD, roles);
    cluster.start();
    clients.put("admin", new HttpJson(cluster.http(), "admin", PASSWORD));
    ROLES.keySet().forEach(name -> clients.put(name, new HttpJson(cluster.http(), name, PASSWORD)));
    as("admin").ok("POST", "/_license/start_trial?acknowledge=true", null);
  }

  private static String onIndices(String privilege, String rules) {
    String comma = rules.isEmpty() ? "" : ", ";
    return "indices: [ { names: [ 'secured*' ], privileges: [ '"
        + privilege
        + "' ]"
        + comma
        + rules
        + " } ]";
  }

  private static String hidden(String fields) {
    return "field_security: { grant: [ '*' ], except: [ '" + fields + "' ] }";
  }

  /** Indices of pictures: ordinary, in another index, not mapped, with nested vectors. */
  void createIndices() {
    new PhotoIndex(as("admin"), "secured").create(2, 0).add(PICTURES);
    new PhotoIndex(as("admin"), "hidden").create(1, 0).add(PICTURES.subList(0, 2));
    createLoose();
    createNested();
  }

  /** Where the picture is not mapped, only kept. */
  private void createLoose() {
    as("admin")
        .ok(
            "PUT",
            "/secured-loose",
            """
        { "settings": { "default_pipeline": "secured" },
          "mappings": { "dynamic": false, "properties": {
            "title": { "type": "text" },
            "photo_digest": { "type": "keyword" } } } }""");
    new PhotoIndex(as("admin"), "secured-loose").add(PICTURES.subList(0, 10));
  }

  /** Each document has its vector a second time, in a nested object. */
  private void createNested() {
    as("admin")
        .ok(
            "PUT",
            "/secured-nested",
            """
        { "mappings": { "properties": {
            "group": { "type": "keyword" }, "name": { "type": "keyword" },
            "views": { "type": "nested", "properties": { "vector": {
              "type": "dense_vector", "dims": 128, "similarity": "cosine",
              "meta": { "sightline.model_id": "emoji-clip" } } } } } } }""");
    PhotoIndex photos = new PhotoIndex(as("admin"), "secured");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      ObjectNode document = new ObjectMapper().createObjectNode();
      document.put("group", i % 2 == 0 ? "even" : "odd").put("name", PICTURES.get(i).name());
      var vector = document.putArray("views").addObject().putArray("vector");
      for (float component : photos.vector(PICTURES.get(i).id(), "photo_vector")) {
        vector.add(component);
      }
      lines.append(PhotoIndex.action(PICTURES.get(i).id())).append(document).append('\n');
    }
    JsonNode reply = new PhotoIndex(as("admin"), "secured-nested").bulk(lines.toString());
    assertFalse(reply.required("errors").asBoolean(), reply::toString);
  }

  /** Requests of that user. */
  HttpJson as(String user) {
    return clients.get(user);
  }

  ElasticsearchNode node() {
    return cluster.node(0);
  }

  @Override
  public void close() {
    clients.values().forEach(HttpJson::close);
    cluster.close();
  }
}
