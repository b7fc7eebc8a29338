package org.sightline.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.push.Login;
import org.sightline.cli.push.Trust;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;

/** The options of commands that talk to a cluster: where it is, and who asks. */
final class ClusterOptions {
  private static final String URL = "--url";
  private static final String USER = "--user";
  private static final String PASSWORD_FILE = "--password-file";
  private static final String CA = "--ca";

  static final Set<String> NAMES = Set.of(URL, USER, PASSWORD_FILE, CA);

  private static final String PASSWORD = "SIGHTLINE_PASSWORD";
  private static final String API_KEY = "SIGHTLINE_API_KEY";

  private static final String DEFAULT_URL = "http://localhost:9200";

  private ClusterOptions() {}

  /**
   * A client for the cluster, which its owner closes; makes no connection yet.
   *
   * @param err takes a warning where others may read a password
   */
  static ClusterClient connect(
      Arguments arguments, ProcessContext context, Retries retries, PrintStream err) {
    String url = arguments.option(URL);
    String ca = arguments.option(CA);
    SSLContext trust = ca == null ? null : Trust.of(Path.of(ca));
    ClusterClient cluster =
        new ClusterClient(
            url == null ? DEFAULT_URL : url,
            login(arguments, context),
            trust,
            context.patience(),
            retries);
    if (cluster.exposesLogin()) {
      err.println(
          "warning: the password or API key travels in the open, because ["
              + cluster
              + "] is another machine and not https");
    }
    return cluster;
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
