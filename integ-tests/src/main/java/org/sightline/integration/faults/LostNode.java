package org.sightline.integration.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Tally;
import org.sightline.testsupport.load.Waiting;

/** Of two nodes that run models one is killed, frozen, or both are restarted. */
public final class LostNode {
  private static final String FAILOVERS = "routing/failovers";
  private static final String ON_DISK = "cache/features_on_disk/entries";
  private static final String ENCODED = "roles/image_embedding/inputs";
  private static final int SEARCHES = 10;
  private static final int SOME_IMAGES = 20;

  private LostNode() {}

  /** kill -9 while bulk requests and reranks run: no search fails and no document is lost. */
  public static FaultRow killed(FiveNodes nodes, Scale scale) {
    FaultRow row = new FaultRow("inference node killed");
    NodeCounters counters = nodes.counters();
    long failovers = counters.total(FAILOVERS);
    try (MixedLoad load = new MixedLoad(nodes, scale)) {
      load.rounds(scale.before());
      nodes.lost().kill();
      load.rounds(scale.during());
      Waiting.until("the cluster sees one node", () -> counters.inferenceNodes() == 1);
      load.pausing(true);
      long start = System.nanoTime();
      nodes.cluster().start();
      nodes.awaitInferenceNodes();
      Waiting.until("the node serves again", () -> counters.served(nodes.lost().name()) > 0);
      row.figure(
          Column.RECOVERY, PhotoIndex.json("%.0f s, start included", Waiting.seconds(start)));
      load.rounds(scale.before());
      load.stop(row, "kill -9 and start again");
    }
    long now = counters.total(FAILOVERS) - failovers;
    return row.figure(Column.FAILOVERS, now)
        .rule("what the node was asked is asked of the other", now > 0, now);
  }

  /** A node that is frozen answers nothing and breaks no connection: only time tells. */
  public static FaultRow frozen(FiveNodes nodes) {
    FaultRow row = new FaultRow("inference node frozen");
    NodeCounters counters = nodes.counters();
    nodes.awaitInferenceNodes();
    long failovers = counters.total(FAILOVERS);
    Tally searches = new Tally();
    nodes.search(0, searches);
    long start;
    double seconds;
    signal("STOP", nodes.lost().pid());
    try {
      start = System.nanoTime();
      for (int number = 1000; number < 1000 + SEARCHES; number++) {
        nodes.search(number, searches);
      }
      seconds = Waiting.seconds(start);
    } finally {
      signal("CONT", nodes.lost().pid());
    }
    long now = counters.total(FAILOVERS) - failovers;
    nodes.awaitInferenceNodes();
    double timeout = FiveNodes.TIMEOUT.toSeconds();
    double longest = searches.longestSeconds();
    return row.figure(
            Column.DONE,
            PhotoIndex.json("SIGSTOP; %d searches in %.1f s", SEARCHES, seconds)
                + ", deadline "
                + FiveNodes.TIMEOUT.toSeconds()
                + " s")
        .zero(Column.FAILED, searches.failed(), searches.firstFailure())
        .figure(Column.FAILOVERS, now)
        .figure(Column.RECOVERY, PhotoIndex.json("%.1f s", longest))
        .rule("what the node was asked is asked of the other", now > 0, now)
        .rule("no search takes two deadlines and 2 s", longest < 2 * timeout + 2, longest)
        // it is silent for half of the deadline once or twice at each coordinator, then comes last
        .rule(
            SEARCHES + " searches take less than half a deadline each on average",
            seconds < SEARCHES * timeout / 2,
            seconds);
  }

  private static void signal(String name, long pid) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
      if (kill.waitFor(10, TimeUnit.SECONDS) == false || kill.exitValue() != 0) {
        throw new IllegalStateException("kill -" + name + " " + pid + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sending SIG" + name, e);
    }
  }

  /** What was kept on disk answers after a restart: no image is encoded again. */
  public static FaultRow warm(FiveNodes nodes) {
    // who has which image depends on what a coordinating node knows of the others
    try (AnyNode client = nodes.oneNode()) {
      return warm(nodes, client);
    }
  }

  private static FaultRow warm(FiveNodes nodes, AnyNode client) {
    FaultRow row = new FaultRow("inference nodes restarted, full cache");
    NodeCounters counters = nodes.counters();
    nodes.awaitInferenceNodes();
    Tally searches = new Tally();
    PhotoIndex index = nodes.eachOnce("warm");
    // a node that is slow to load a model on a busy machine is not to be passed over
    nodes.patience("\"60s\"");
    long keptBefore = counters.total(ON_DISK);
    long encodedBefore = counters.total(ENCODED);
    Waiting.until(
        "the node that was lost is not passed over",
        () -> {
          long served = counters.served(nodes.lost().name());
          nodes.search(client, index, 7, searches);
          return counters.served(nodes.lost().name()) > served;
        });
    List<String> before = nodes.search(client, index, 7, searches);
    long encodedNow = counters.total(ENCODED) - encodedBefore;
    Waiting.until(
        "what was encoded is on disk", () -> counters.total(ON_DISK) >= keptBefore + encodedNow);
    long kept = counters.total(ON_DISK);
    for (int i = 0; i < FiveNodes.INFERENCE_NODES; i++) {
      nodes.cluster().node(FiveNodes.DATA_NODES + i).stop();
    }
    nodes.cluster().start();
    nodes.awaitInferenceNodes();
    long start = System.nanoTime();
    List<String> after = nodes.search(client, index, 7, searches);
    double first = Waiting.seconds(start);
    nodes.patience("null");
    long encoded = counters.total(ENCODED);
    long read = counters.total("cache/features_on_disk/hits");
    long unreadable = counters.total("cache/features_on_disk/failures");
    return row.figure(Column.DONE, "stop both and start again; " + kept + " images on disk")
        .zero(Column.FAILED, searches.failed(), searches.firstFailure())
        .figure(Column.RECOVERY, PhotoIndex.json("%.1f s", first))
        .rule("images are on disk before", kept >= SOME_IMAGES, kept)
        .rule("the same hits in the same order", before != null && before.equals(after), after)
        .rule("no image is encoded again", encoded == 0, encoded)
        .rule("features are read from disk", read > 0, read)
        .rule("none of them is unreadable", unreadable == 0, unreadable);
  }
}
