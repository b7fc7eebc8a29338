package org.sightline.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.sightline.cli.push.Cluster;
import org.sightline.cli.push.Login;
import org.sightline.cli.push.Pusher;
import org.sightline.cli.push.Rollout;
import org.sightline.cli.push.Stored;
import org.sightline.cli.push.Trust;
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
  private final Surroundings surroundings;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * A push.
   *
   * @param out takes what became of the model, and a line a node
   * @param err takes how far it is
   */
  Push(Arguments arguments, Surroundings surroundings, PrintStream out, PrintStream err) {
    this.arguments = arguments;
    this.surroundings = surroundings;
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
    Cluster cluster = cluster();
    bundle.verify(); // before a byte is sent
    if (cluster.exposesLogin()) {
      err.println(
          "warning: the password or API key travels in the open, because ["
              + cluster
              + "] is another machine and not https");
    }
    try (Pusher pusher =
        new Pusher(cluster, surroundings.patience(), surroundings.tries(err, "sent"))) {
      Stored stored = pusher.push(bundle);
      out.println(
          stored.modelId()
              + "  "
              + report(stored)
              + " in ["
              + cluster
              + "], version "
              + stored.version());
      if (wait.isZero()) {
        out.println(
            "Nodes fetch it by themselves: GET _sightline/models/"
                + stored.modelId()
                + " says how far they are.");
        return;
      }
      report(stored, pusher.await(stored, wait), wait);
    }
  }

  private static String report(Stored stored) {
    return switch (stored.result()) {
      case CREATED -> "created";
      case UPDATED -> "updated";
      case NOOP -> "unchanged";
    };
  }

  private void report(Stored stored, Rollout rollout, Duration wait) {
    rollout.nodes().forEach(out::println);
    List<String> failed =
        rollout.failed().stream().map(node -> node.name() + ": " + node.reason()).toList();
    if (failed.isEmpty() == false) {
      throw new TransferException(
          "the cluster has the model ["
              + stored.modelId()
              + "], and nodes cannot use it: "
              + String.join("; ", failed));
    }
    if (rollout.settled() == false) {
      throw new TransferException(
          "the cluster has the model ["
              + stored.modelId()
              + "], and after "
              + wait.toSeconds()
              + " s it is not in use on "
              + rollout.waiting()
              + ": this goes on by itself, and GET _sightline/models/"
              + stored.modelId()
              + " says how far it is");
    }
  }

  private Cluster cluster() {
    String url = arguments.option(URL);
    String ca = arguments.option(CA);
    SSLContext trust = ca == null ? null : Trust.of(Path.of(ca));
    return Cluster.of(url == null ? DEFAULT_URL : url, login(), trust);
  }

  /** What the command line says comes before what the environment says. */
  private Login login() {
    String user = arguments.option(USER);
    String file = arguments.option(PASSWORD_FILE);
    if (user == null) {
      if (file != null) {
        throw new UsageException("option [" + PASSWORD_FILE + "] needs [" + USER + "]");
      }
      String key = surroundings.environment().get(API_KEY);
      return key == null || key.isBlank() ? Login.nobody() : Login.apiKey(key);
    }
    String password =
        file == null
            ? surroundings.environment().get(PASSWORD)
            : Secrets.read(file, "password").replaceFirst("\\R\\z", "");
    if (password == null || password.isEmpty()) {
      throw new TransferException(
          "the user ["
              + user
              + "] needs a password: set "
              + PASSWORD
              + " or give "
              + PASSWORD_FILE);
    }
    return Login.user(user, password);
  }
}
