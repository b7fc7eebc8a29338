package org.sightline.cli.download;

import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * A server that speaks the protocol of HuggingFace's hub, and who asks it.
 *
 * @param base address without a slash at its end
 * @param token of the user, or null; sent to the hub's own scheme, host and port only
 */
public record Hub(URI base, String token) {
  /** Where models are unless somebody says otherwise. */
  public static final String DEFAULT = "https://huggingface.co";

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  /**
   * Checks both.
   *
   * @param base as the user gave it
   * @param token as the user gave it, or null
   * @throws DownloadException when the address is none, or the token would travel in the open
   */
  public static Hub of(String base, String token) {
    URI uri = Addresses.parse(base.replaceFirst("/+$", ""), "the hub's address");
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new DownloadException(
          "the hub's address must have neither query nor fragment, got [" + base + "]");
    }
    String trimmed = token == null || token.isBlank() ? null : token.strip();
    if (trimmed != null && trimmed.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new DownloadException("the token must be one word of ASCII characters");
    }
    boolean open = uri.getScheme().equals("http") && LOOPBACK.contains(uri.getHost()) == false;
    if (trimmed != null && open) {
      throw new DownloadException(
          "the token would travel in the open: the hub's address must begin with https, got ["
              + base
              + "]");
    }
    return new Hub(uri, trimmed);
  }

  /** Whether the address is on the hub's own host: same scheme, host and port. */
  boolean owns(URI address) {
    return Objects.equals(origin(base), origin(address));
  }

  private static String origin(URI uri) {
    int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    return (uri.getScheme() + "://" + uri.getHost() + ":" + port).toLowerCase(Locale.ROOT);
  }

  /** Without the token: this ends up in messages. */
  @Override
  public String toString() {
    return base.toString();
  }
}
