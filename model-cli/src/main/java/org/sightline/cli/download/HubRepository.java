package org.sightline.cli.download;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.sightline.cli.download.Source.Repository;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/**
 * A repository at one commit.
 *
 * @param commit 40 hexadecimal digits
 * @param paths of all its files
 */
record HubRepository(Hub hub, Repository source, String commit, List<String> paths) {
  /** Listings have some hundred bytes a file. */
  private static final int MAX_LISTING_BYTES = 16 << 20;

  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  HubRepository {
    paths = List.copyOf(paths);
  }

  /**
   * Asks the hub what a revision holds.
   *
   * @throws TransferException when there is no such thing, or the hub does not show it
   */
  static HubRepository list(WebClient client, Repository source) {
    Hub hub = client.hub();
    URI uri =
        URI.create(
            hub.base()
                + "/api/models/"
                + Addresses.path(source.toString())
                + "/revision/"
                + Addresses.segment(source.revision()));
    String listing =
        client
            .retries()
            .run(source.toString(), "fetched", () -> "", () -> fetch(client, source, uri));
    return parse(hub, source, listing);
  }

  private static String fetch(WebClient client, Repository source, URI uri) throws IOException {
    try (Answer answer = client.get(uri, Map.of("Accept", "application/json"))) {
      if (answer.status() == 404) {
        throw missing(answer, source);
      }
      if (answer.status() != 200) {
        throw answer.refusal(source.toString());
      }
      byte[] body = answer.body().readNBytes(MAX_LISTING_BYTES + 1);
      if (body.length > MAX_LISTING_BYTES) {
        throw new TransferException(
            "the hub's listing of [%s] has more than %s bytes", source, MAX_LISTING_BYTES);
      }
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private static TransferException missing(Answer answer, Repository source) {
    String code = answer.header("X-Error-Code").orElse("");
    String revision = "has no revision [" + source.revision() + "]";
    return new TransferException(
        switch (code) {
          case "RevisionNotFound" -> "the repository [" + source + "] " + revision;
          case "RepoNotFound" -> "the hub has no repository [" + source + "]";
          default -> "the hub has no repository [" + source + "], or it " + revision;
        });
  }

  private static HubRepository parse(Hub hub, Repository source, String json) {
    try {
      JsonObject listing = JsonParser.parseString(json).getAsJsonObject();
      String commit = text(listing, "sha");
      if (COMMIT.matcher(commit).matches() == false) {
        throw new TransferException(
            "the hub's listing of [%s] has the commit [%s], which is none", source, commit);
      }
      List<String> paths = new ArrayList<>();
      if (listing.has("siblings") == false) {
        throw new IllegalStateException("no [siblings]");
      }
      for (JsonElement sibling : listing.getAsJsonArray("siblings")) {
        String path = text(sibling.getAsJsonObject(), "rfilename");
        if (isPath(path) == false) {
          throw new TransferException(
              "the hub's listing of [%s] has the file [%s], which is no path", source, path);
        }
        paths.add(path);
      }
      return new HubRepository(hub, source, commit, paths);
    } catch (JsonParseException | IllegalStateException | ClassCastException e) {
      throw new TransferException(
          e, "the answer of [%s] is no listing of the repository [%s]", hub, source);
    }
  }

  private static String text(JsonObject object, String key) {
    if (object.get(key) instanceof JsonPrimitive value && value.isString()) {
      return value.getAsString();
    }
    throw new IllegalStateException("no string [" + key + "]");
  }

  /** Whether a repository can hold a file of that name: it does not leave its folder. */
  private static boolean isPath(String path) {
    return path.length() <= 1024
        && path.indexOf('\\') < 0
        && path.chars().noneMatch(c -> c < ' ' || c == 0x7F)
        && Arrays.stream(path.split("/", -1))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  /** Where a file is. */
  URI address(String path) {
    return URI.create(
        hub.base()
            + "/"
            + Addresses.path(source.toString())
            + "/resolve/"
            + commit
            + "/"
            + Addresses.path(path));
  }
}
