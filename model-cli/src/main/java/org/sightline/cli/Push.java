package org.sightline.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.push.Pusher;
import org.sightline.cli.push.Rollout;
import org.sightline.cli.push.StoreAnswer;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.bundle.Bundle;

/** The command {@code push}: stores a bundle in a cluster and waits for its nodes. */
final class Push {
  private static final String WAIT = "--wait";
  private static final String REPLACE = "--replace";

  private static final String UNTRIED = "--untried";

  /** Options without a value. */
  static final Set<String> FLAGS = Set.of(REPLACE, UNTRIED, ClusterOptions.INSECURE);

  /** Seconds that nodes may take to fetch and open a model. */
  private static final long DEFAULT_WAIT = 600;

  private Push() {}

  /**
   * Names of the command's options with a value.
   *
   * @param models that of all commands about models
   */
  static Set<String> options(String models) {
    return ClusterOptions.with(models, WAIT);
  }

  /**
   * Pushes.
   *
   * @param trial opens and runs the bundle in this process: what ends it would end a node
   * @param out takes what became of the model, and a line a node
   * @param err takes how far it is
   * @throws TransferException when the cluster or a node of it does not have the model in the end
   */
  static void run(
      Bundle bundle,
      Consumer<Bundle> trial,
      Arguments arguments,
      ProcessContext context,
      PrintStream out,
      PrintStream err) {
    Duration wait = Duration.ofSeconds(arguments.integer(WAIT, 0, DEFAULT_WAIT));
    Retries retries = context.retries(err);
    try (ClusterClient cluster = ClusterOptions.connect(arguments, context, retries)) {
      bundle.verify(); // before a byte is sent
      if (arguments.flag(UNTRIED) == false) {
        trial.accept(bundle);
      }
      Pusher pusher = new Pusher(cluster, bundle, retries);
      StoreAnswer stored = pusher.push(arguments.flag(REPLACE));
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
      Rollout rollout = pusher.await(stored.version(), wait);
      rollout.nodes().forEach(out::println);
      requireUse(id, rollout, wait);
    }
  }

  private static void requireUse(String id, Rollout rollout, Duration wait) {
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
}
