package org.sightline.integration.faults;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.testsupport.load.Load;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Tally;
import org.sightline.testsupport.load.Waiting;

/** Two clients that search with rerank and one that sends bulk requests, until they are stopped. */
final class MixedLoad implements AutoCloseable {
  private static final int BULK = 10;

  private final FiveNodes nodes;
  private final Duration longPause;
  private volatile Duration pause = Duration.ZERO;
  private final Tally searches = new Tally();
  private final AtomicInteger text = new AtomicInteger();
  private final AtomicInteger indexed = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final long documentsBefore;
  private final Load load;

  MixedLoad(FiveNodes nodes, Scale scale) {
    this.nodes = nodes;
    this.longPause = scale.pause();
    this.documentsBefore = nodes.index().documents();
    this.load = new Load(this::search, this::search, this::index);
  }

  private void search(int done) {
    nodes.search(text.getAndIncrement(), searches);
    Waiting.pause(pause);
  }

  private void index(int done) {
    refused.addAndGet(nodes.index().index(nodes.take(BULK), BULK));
    indexed.addAndGet(BULK);
    Waiting.pause(pause);
  }

  /** Whether the clients pause between requests, because nodes that start need the cores. */
  void pausing(boolean wanted) {
    pause = wanted ? longPause : Duration.ZERO;
  }

  /** Waits until each kind of work has been done that often from now on. */
  void rounds(int more) {
    int wanted = load.least() + more;
    Waiting.whileGoingOn(more + " more rounds of load", indexed::get, () -> load.least() >= wanted);
  }

  /** Waits until everything that is under way now has ended. */
  void settle() {
    List<Integer> now = load.done();
    Waiting.whileGoingOn(
        "what was under way ends",
        indexed::get,
        () -> {
          List<Integer> then = load.done();
          return IntStream.range(0, now.size()).allMatch(i -> then.get(i) > now.get(i) + 1);
        });
  }

  /** Ends the load and adds what it counted. */
  void stop(FaultRow row, String fault) {
    load.stop();
    row.figure(
        Column.DONE,
        fault
            + "; "
            + searches.done()
            + " searches, the longest "
            + PhotoIndex.json("%.1f s", searches.longestSeconds())
            + "; "
            + indexed
            + " documents");
    row.zero(Column.FAILED, searches.failed(), searches.firstFailure());
    row.documents(nodes.index(), documentsBefore + indexed.get());
    row.figure(Column.REFUSED, refused);
  }

  @Override
  public void close() {
    load.close();
  }
}
