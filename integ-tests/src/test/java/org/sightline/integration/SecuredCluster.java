package org.sightline.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sightline.cluster.Distribution;
import org.sightline.cluster.ElasticsearchCluster;
import org.sightline.cluster.ElasticsearchNode;
import org.sightline.cluster.HttpJson;
import org.sightline.demo.Picture;

/**
 * One node with security on, the trial licence that document- and field-level rules need, and users
 * of the file realm, each of whom has the role of the same name. The searcher, indexer, caller and
 * operator have the roles that {@code docs/security.md} recommends.
 */
final class SecuredCluster implements AutoCloseable {
  static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 60);

  private static final String PASSWORD = "correct-horse-battery";

  private static final Map<String, String> ROLES =
      new TreeMap<>(
          Map.of(
              "reader", onIndices("read", ""),
              "blind", onIndices("read", hidden("photo")),
              "undigested", onIndices("read", hidden("photo_digest")),
              "unembedded", onIndices("read", hidden("photo_vector', 'views.vector")),
              "unpriced", onIndices("read", hidden("title")),
              "even", onIndices("read", "query: '{ \"term\": { \"group\": \"even\" } }'"),
              "indexer", onIndices("index", ""),
              "caller", "cluster: [ 'cluster:admin/sightline/inference/*' ]",
              "operator",
                  "cluster: [ 'cluster:monitor/sightline/*', 'cluster:admin/sightline/model/*' ]"));

  private final ElasticsearchCluster cluster;
  private final Map<String, HttpJson> clients = new TreeMap<>();

  SecuredCluster() throws IOException {
    Distribution distribution = Installation.unpack("security");
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "security",
            TestNodes.small("secured")
                .with("xpack.security.enabled", "true")
                .with("xpack.security.autoconfiguration.enabled", "false")
                .with("xpack.security.authc.realms.file.file1.order", "0"));
    ElasticsearchNode node = cluster.node(0);
    StringBuilder roles = new StringBuilder();
    ROLES.forEach((name, role) -> roles.append(name).append(":\n  ").append(role).append('\n'));
    Files.writeString(node.configuration().resolve("roles.yml"), roles);
    addUsers(node);
    cluster.start();
    clients.put("admin", new HttpJson(cluster.http(), "admin", PASSWORD));
    ROLES.keySet().forEach(name -> clients.put(name, new HttpJson(cluster.http(), name, PASSWORD)));
    as("admin").ok("POST", "/_license/start_trial?acknowledge=true", null);
  }

  private static String onIndices(String privilege, String rules) {
    return "indices:\n    - names: [ 'secured*' ]\n      privileges: [ '"
        + privilege
        + "' ]\n      "
        + rules;
  }

  private static String hidden(String fields) {
    return "field_security: { grant: [ '*' ], except: [ '" + fields + "' ] }";
  }

  /** The first by the command; the others, who have the same password, in its files. */
  private static void addUsers(ElasticsearchNode node) throws IOException {
    node.run("elasticsearch-users", "useradd", "admin", "-p", PASSWORD, "-r", "superuser");
    Path users = node.configuration().resolve("users");
    String hash = Files.readString(users).strip().substring("admin:".length());
    StringBuilder lines = new StringBuilder();
    StringBuilder roles = new StringBuilder();
    for (String name : ROLES.keySet()) {
      lines.append(name).append(':').append(hash).append('\n');
      roles.append(name).append(':').append(name).append('\n');
    }
    Files.writeString(users, lines, StandardOpenOption.APPEND);
    Files.writeString(
        node.configuration().resolve("users_roles"), roles, StandardOpenOption.APPEND);
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
