package org.sightline.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.push.Login;
import org.sightline.cli.push.Pusher;
import org.sightline.cli.push.Rollout;
import org.sightline.cli.push.StoreAnswer;
import org.sightline.cli.push.Trust;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.bundle.Bundle;

/** The command {@code push}: stores a bundle in a cluster and waits for its nodes. */
final class Push {
  private static final String URL = "--url";
  private static final String USER = "--user";
  private static final String PASSWORD_FILE = "--password-file";
  private static final String CA = "--ca";
  private static final String WAIT = "--wait";

  private static final String PASSWORD = "SIGHTLINE_PASSWORD";
  private static final String API_KEY = "SIGHTLINE_API_KEY";

  private static final String DEFAULT_URL = "http://localhost:9200";

  /** Seconds that nodes may take to fetch and open a model. */
  private static final long DEFAULT_WAIT = 600;

  private final Arguments arguments;
  private final ProcessContext context;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * A push.
   *
   * @param out takes what became of the model, and a line a node
   * @param err takes how far it is
   */
  Push(Arguments arguments, ProcessContext context, PrintStream out, PrintStream err) {
    this.arguments = arguments;
    this.context = context;
    this.out = out;
    this.err = err;
  }

  /** Names of the command's options: those of all commands and its own. */
  static Set<String> options(Set<String> ofAll) {
    Set<String> all = new TreeSet<>(ofAll);
    all.addAll(Set.of(URL, USER, PASSWORD_FILE, CA, WAIT));
    return all;
  }

  /**
   * Pushes.
   *
   * @throws TransferException when the cluster or a node of it does not have the model in the end
   */
  void run(Bundle bundle) {
    Duration wait = Duration.ofSeconds(arguments.integer(WAIT, 0, DEFAULT_WAIT));
    Retries retries = context.retries(err);
    try (ClusterClient cluster = cluster(retries)) {
      bundle.verify(); // before a byte is sent
      if (cluster.exposesLogin()) {
        err.println(
            "warning: the password or API key travels in the open, because ["
                + cluster
                + "] is another machine and not https");
      }
      Pusher pusher = new Pusher(cluster, bundle, retries);
      StoreAnswer stored = pusher.push();
      String id = bundle.manifest().id();
      String done = stored.result().equals("noop") ? "unchanged" : stored.result();
      out.println(id + "  " + done + " in [" + cluster + "], version " + stored.version());
      if (wait.isZero()) {
        out.println(
            "Nodes fetch it by themselves: GET _sightline/models/"
                + id
                + " says how far they are.");
        return;
      }
      report(id, pusher.await(stored.version(), wait), wait);
    }
  }

  private void report(String id, Rollout rollout, Duration wait) {
    rollout.nodes().forEach(out::println);
    List<String> failed =
        rollout.failed().stream().map(node -> node.name() + ": " + node.reason()).toList();
    if (failed.isEmpty() == false) {
      throw new TransferException(
          "the cluster has the model [%s], and nodes cannot use it: %s",
          id, String.join("; ", failed));
    }
    if (rollout.settled() == false) {
      throw new TransferException(
          "the cluster has the model [%s], and after %s s it is not in use on %s: this goes"
              + " on by itself, and GET _sightline/models/%s says how far it is",
          id, wait.toSeconds(), rollout.waiting(), id);
    }
  }

  private ClusterClient cluster(Retries retries) {
    String url = arguments.option(URL);
    String ca = arguments.option(CA);
    SSLContext trust = ca == null ? null : Trust.of(Path.of(ca));
    return new ClusterClient(
        url == null ? DEFAULT_URL : url, login(), trust, context.patience(), retries);
  }

  /** What the command line says comes before what the environment says. */
  private Login login() {
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
