package org.sightline.cli.download;

import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/**
 * A server that speaks the protocol of HuggingFace's hub, and who asks it.
 *
 * @param base address without a slash at its end
 * @param token of the user, or null; sent to the hub's own scheme, host and port only
 */
public record Hub(URI base, String token) {
  /** Where models are unless somebody says otherwise. */
  public static final String DEFAULT = "https://huggingface.co";

  /**
   * Checks both.
   *
   * @param base as the user gave it
   * @param token as the user gave it, or null
   * @throws TransferException when the address is none, or the token would travel in the open
   */
  public static Hub of(String base, String token) {
    URI uri = Addresses.base(base, "the hub's address");
    String trimmed = token == null || token.isBlank() ? null : token.strip();
    if (trimmed != null && trimmed.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new TransferException("the token must be one word of ASCII characters");
    }
    if (trimmed != null && Addresses.isOpen(uri)) {
      throw new TransferException(
          "the token would travel in the open: the hub's address must begin with https, got"
              + " [%s]",
          base);
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
