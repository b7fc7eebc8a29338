package org.sightline.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.push.Login;
import org.sightline.cli.push.Trust;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;

/** The options of commands that talk to a cluster: where it is, and who asks. */
final class ClusterOptions {
  private static final String URL = "--url";
  private static final String USER = "--user";
  private static final String PASSWORD_FILE = "--password-file";
  private static final String CA = "--ca";

  private static final Set<String> NAMES = Set.of(URL, USER, PASSWORD_FILE, CA);

  /** Sends a password or an API key where others may read it on its way. */
  static final String INSECURE = "--insecure";

  private static final String PASSWORD = "SIGHTLINE_PASSWORD";
  private static final String API_KEY = "SIGHTLINE_API_KEY";

  private static final String DEFAULT_URL = "http://localhost:9200";

  private ClusterOptions() {}

  /** Names of a command's options with a value: its own and these. */
  static Set<String> with(String... own) {
    Set<String> all = new TreeSet<>(NAMES);
    all.addAll(List.of(own));
    return all;
  }

  /**
   * A client for the cluster, which its owner closes; makes no connection yet.
   *
   * @throws TransferException when a password or an API key could be read on its way
   */
  static ClusterClient connect(Arguments arguments, ProcessContext context, Retries retries) {
    String url = arguments.option(URL);
    URI address = Addresses.base(url == null ? DEFAULT_URL : url, "the cluster's address");
    String ca = arguments.option(CA);
    SSLContext trust = ca == null ? null : Trust.of(Path.of(ca));
    Login login = login(arguments, context);
    if (login.isSecret() && Addresses.isOpen(address) && arguments.flag(INSECURE) == false) {
      throw new TransferException(
          "[%s] is plain http to another machine, where others can read the password or API key on"
              + " its way: give --url https://… (and --ca), or %s to send it all the same",
          address, INSECURE);
    }
    return new ClusterClient(address, login, trust, context.patience(), retries);
  }

  /** What the command line says comes before what the environment says. */
  private static Login login(Arguments arguments, ProcessContext context) {
    String user = arguments.option(USER);
    String file = arguments.option(PASSWORD_FILE);
    if (user == null) {
      if (file != null) {
        throw new UsageException("option [%s] needs [%s]", PASSWORD_FILE, USER);
      }
      String key = context.environment().get(API_KEY);
      return key == null || key.isBlank() ? Login.nobody() : Login.apiKey(key);
    }
    String password =
        file == null
            ? context.environment().get(PASSWORD)
            : arguments.secret(PASSWORD_FILE, "password").replaceFirst("\\R\\z", "");
    if (password == null || password.isEmpty()) {
      throw new TransferException(
          "the user [%s] needs a password: set %s or give %s", user, PASSWORD, PASSWORD_FILE);
    }
    return Login.user(user, password);
  }
}
