package org.sightline.cli.download;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/** What a user names to be installed. */
public sealed interface Source {
  /** {@code hf:owner/name[@revision]}. */
  String HUB_PREFIX = "hf:";

  /**
   * A repository of the hub.
   *
   * @param revision a branch, a tag or a commit
   */
  record Repository(String owner, String name, String revision) implements Source {
    @Override
    public String toString() {
      return owner + "/" + name;
    }
  }

  /** The address of a zip of a bundle. */
  record Address(URI uri) implements Source {}

  /** A zip of a bundle on disk. */
  record Zip(Path file) implements Source {}

  /** Names of owners and repositories; neither dots alone nor two in a row. */
  Pattern REPOSITORY =
      Pattern.compile(
          "([A-Za-z0-9][A-Za-z0-9._-]{0,95})/([A-Za-z0-9][A-Za-z0-9._-]{0,95})(?:@(.+))?");

  /**
   * Reads what the user typed: one source, or two repositories.
   *
   * @throws TransferException when one is none of the three, or a second one is no repository
   */
  static List<Source> parse(List<String> texts) {
    List<Source> sources = texts.stream().map(Source::parse).toList();
    for (int i = 0; sources.size() > 1 && i < sources.size(); i++) {
      if (sources.get(i) instanceof Repository == false) {
        throw new TransferException(
            "two sources must be repositories (hf:owner/name), got [%s]", texts.get(i));
      }
    }
    return sources;
  }

  /**
   * Reads what the user typed.
   *
   * @throws TransferException when it is none of the three
   */
  static Source parse(String text) {
    if (text.startsWith(HUB_PREFIX)) {
      Matcher parts = REPOSITORY.matcher(text.substring(HUB_PREFIX.length()));
      if (parts.matches() == false || text.contains("..")) {
        throw new TransferException(
            "expected hf:owner/name or hf:owner/name@revision, got [%s]", text);
      }
      String revision = parts.group(3) == null ? "main" : parts.group(3);
      return new Repository(parts.group(1), parts.group(2), revision);
    }
    if (text.startsWith("http://") || text.startsWith("https://")) {
      URI uri = Addresses.parse(text, "the address");
      Matcher page = REPOSITORY.matcher(uri.getPath().replaceFirst("^/", ""));
      if (uri.getHost().equals(URI.create(Hub.DEFAULT).getHost()) && page.matches()) {
        throw new TransferException(
            "[%s] is the page of a repository: install hf:%s/%s",
            text, page.group(1), page.group(2));
      }
      return new Address(uri);
    }
    Path file = Path.of(text);
    if (Files.isDirectory(file)) {
      throw new TransferException("[%s] is a folder: [import] takes folders", text);
    }
    if (Files.isRegularFile(file) == false) {
      throw new TransferException(
          "[%s] is no file, expected hf:owner/name, an http or https address, a zip, or a model of"
              + " the catalogue (sightline-models catalog)%s",
          text,
          REPOSITORY.matcher(text).matches() ? ": the repository of that name is hf:" + text : "");
    }
    return new Zip(file.toAbsolutePath().normalize());
  }
}
