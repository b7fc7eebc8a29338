package org.sightline.integration.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.sightline.testsupport.cluster.ElasticsearchNode;

/** Users and roles in the files of a node that does not run yet. */
public final class FileRealm {
  private FileRealm() {}

  /**
   * Writes the roles, a user for each of them with its name, and the superuser {@code admin}.
   *
   * @param password of all of them
   * @param roles what {@code roles.yml} says of each, in one line or as JSON
   */
  public static void write(ElasticsearchNode node, String password, Map<String, String> roles)
      throws IOException {
    // one password is hashed by the command, which takes seconds, and its hash copied
    node.run("elasticsearch-users", "useradd", "admin", "-p", password, "-r", "superuser");
    Path folder = node.configuration();
    String hash = Files.readString(folder.resolve("users")).strip().substring("admin:".length());
    StringBuilder users = new StringBuilder();
    StringBuilder members = new StringBuilder();
    StringBuilder lines = new StringBuilder();
    roles.forEach(
        (name, role) -> {
          users.append(name).append(':').append(hash).append('\n');
          members.append(name).append(':').append(name).append('\n');
          lines.append(name).append(": ").append(role.replace('\n', ' ')).append('\n');
        });
    Files.writeString(folder.resolve("roles.yml"), lines);
    Files.writeString(folder.resolve("users"), users, StandardOpenOption.APPEND);
    Files.writeString(folder.resolve("users_roles"), members, StandardOpenOption.APPEND);
  }
}
