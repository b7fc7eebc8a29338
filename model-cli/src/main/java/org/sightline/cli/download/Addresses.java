package org.sightline.cli.download;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Addresses of servers. */
final class Addresses {
  private static final String PLAIN = "-._~";

  private Addresses() {}

  /**
   * An http or https address with a host.
   *
   * @param what the address is of, for messages
   */
  static URI parse(String text, String what) {
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw new DownloadException(what + " [" + text + "] is no address: " + e.getReason(), e);
    }
    throw new DownloadException(
        what + " must be http:// or https:// with a host and no user, got [" + text + "]");
  }

  /** A path whose segments are encoded; slashes between them stay. */
  static String path(String path) {
    return Arrays.stream(path.split("/", -1))
        .map(Addresses::segment)
        .collect(Collectors.joining("/"));
  }

  /** One segment of a path, slashes encoded as well. */
  static String segment(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xFF);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append(String.format(java.util.Locale.ROOT, "%%%02X", b & 0xFF));
      }
    }
    return encoded.toString();
  }

  /** The address without its query, which may hold a signature; for messages. */
  static String shown(URI uri) {
    String text = uri.toString();
    int query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query) + "?…";
  }
}
