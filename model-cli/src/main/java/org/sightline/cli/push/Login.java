package org.sightline.cli.push;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.sightline.cli.web.TransferException;

/** Who asks a cluster. */
public final class Login {
  private final String header;

  private Login(String header) {
    this.header = header;
  }

  /** Of a cluster that asks for nobody. */
  public static Login nobody() {
    return new Login(null);
  }

  /**
   * A user with a password.
   *
   * @throws TransferException when the name cannot be sent
   */
  public static Login user(String name, String password) {
    if (name.indexOf(':') >= 0) {
      throw new TransferException("the user's name must have no colon, got [%s]", name);
    }
    byte[] both = (name + ":" + password).getBytes(StandardCharsets.UTF_8);
    return new Login("Basic " + Base64.getEncoder().encodeToString(both));
  }

  /**
   * An API key.
   *
   * @param encoded as Elasticsearch gives it under {@code encoded}
   * @throws TransferException when it cannot be one
   */
  public static Login apiKey(String encoded) {
    String key = encoded.strip();
    if (key.isEmpty() || key.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new TransferException("the API key must be one word of ASCII characters");
    }
    return new Login("ApiKey " + key);
  }

  /** The header {@code Authorization}; empty for nobody. */
  Optional<String> header() {
    return Optional.ofNullable(header);
  }

  /** Whether there is anything to keep secret. */
  public boolean isSecret() {
    return header != null;
  }
}
