package org.sightline.cli.web;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Addresses of servers. */
public final class Addresses {
  private static final String PLAIN = "-._~";
  private static final Pattern LOOPBACK =
      Pattern.compile("(?i)localhost|127(\\.\\d{1,3}){3}|\\[::1\\]");

  private Addresses() {}

  /**
   * An http or https address with a host.
   *
   * @param what the address is of, for messages
   * @throws TransferException when it is none
   */
  public static URI parse(String text, String what) {
    if (text.contains("://") == false) {
      throw new TransferException(
          "%s must begin with http:// or https://, got [%s]: try [http://%s]", what, text, text);
    }
    try {
      URI uri = new URI(text);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw new TransferException(e, "%s [%s] is no address: %s", what, text, e.getReason());
    }
    throw new TransferException(
        "%s must be http:// or https:// with a host and no user, got [%s]", what, text);
  }

  /**
   * The address of a server, or of a folder on it, without a slash at its end.
   *
   * @param what it is, for messages
   * @throws TransferException when it is none
   */
  public static URI base(String text, String what) {
    URI uri = parse(text.replaceFirst("/+$", ""), what);
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new TransferException("%s must have neither query nor fragment, got [%s]", what, text);
    }
    return uri;
  }

  /** Whether what is sent there can be read on its way: plain http to another machine. */
  public static boolean isOpen(URI uri) {
    return uri.getScheme().equals("http") && LOOPBACK.matcher(uri.getHost()).matches() == false;
  }

  /** A path whose segments are encoded; slashes between them stay. */
  public static String path(String path) {
    return Arrays.stream(path.split("/", -1))
        .map(Addresses::segment)
        .collect(Collectors.joining("/"));
  }

  /** One segment of a path, slashes encoded as well. */
  public static String segment(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xFF);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append(String.format(Locale.ROOT, "%%%02X", b & 0xFF));
      }
    }
    return encoded.toString();
  }

  /** The address without its query, which may hold a signature; for messages. */
  public static String shown(URI uri) {
    String text = uri.toString();
    int query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query) + "?…";
  }
}
