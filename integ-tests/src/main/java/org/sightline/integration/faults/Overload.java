package org.sightline.integration.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.integration.faults.Mix.Verdict;
import org.sightline.integration.faults.Mix.Work;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.load.Load;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Tally;
import org.sightline.testsupport.load.Waiting;

/**
 * Five times the work that a node can do, of every kind at once. First its capacity is measured in
 * a closed loop: four clients, each sending when it has its answer. Then requests are sent at five
 * times that rate, whether answers come or not.
 */
public final class Overload {
  private static final int TIMES = 5;
  private static final int CLIENTS = 4;

  /** Times the length, where nothing has been refused by then; shorter than any deadline. */
  private static final int LONGER = 2;

  /** Most requests whose answers are awaited: a bound for this process, not for the node. */
  private static final int MOST_OPEN = 600;

  private static final int PROBES = 20;
  private static final double SLACK_MILLIS = 100; // a neighbour on the machine

  private final OneNode node;
  private final Scale scale;
  private final PhotoIndex index;
  private final Mix mix;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger probes = new AtomicInteger(1_000_000);
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger indexed = new AtomicInteger();
  private final Tally failures = new Tally();
  private final List<CompletableFuture<Void>> answers = new ArrayList<>();

  private Overload(OneNode node, Scale scale) {
    this.node = node;
    this.scale = scale;
    this.index = node.index("overload", "emoji-clip");
    this.mix = new Mix(node.pictures(), index);
  }

  /** Runs it. */
  public static FaultRow run(OneNode node, Scale scale) {
    return new Overload(node, scale).run();
  }

  private FaultRow run() {
    FaultRow row = new FaultRow("overload");
    long pid = node.node().pid();
    indexed.addAndGet(Mix.BULK * 32);
    index.index(-Mix.BULK * 32, Mix.BULK * 32); // something to find
    capacity(scale.capacity().dividedBy(2)); // warm-up
    double unloaded = probe();
    double capacity = capacity(scale.capacity());
    int mustSucceed = refused.get() + failures.failed();
    row.rule("within the capacity nothing is refused", mustSucceed == 0, failures.firstFailure());
    int answered = done.get();
    double offered;
    double lasted;
    long end;
    double recovery;
    try (HeapWatch heap = new HeapWatch(node.client())) {
      long start = System.nanoTime();
      offered = offer(TIMES * capacity);
      end = System.nanoTime();
      lasted = (end - start) / 1e9;
      boolean normal =
          Waiting.until(scale.normalAgain(), () -> probe() < 2 * unloaded + SLACK_MILLIS);
      recovery = Waiting.seconds(end);
      row.rule(
          "within "
              + scale.normalAgain().toSeconds()
              + " s a search takes less than twice as long as before and 100 ms",
          normal,
          PhotoIndex.json("%.1f ms before", unloaded));
      answers.forEach(CompletableFuture::join);
      heap.stop(row);
    }
    row.figure(
        Column.DONE,
        PhotoIndex.json(
            "%.0f requests/s for %.0f s, %.1f times the capacity of %.0f/s; %d answered, %d refused",
            offered, lasted, offered / capacity, capacity, done.get() - answered, refused.get()));
    row.figure(Column.REFUSED, refused);
    row.figure(Column.RECOVERY, PhotoIndex.json("%.1f s", recovery));
    row.rule(
        PhotoIndex.json("at least %.1f times the capacity is offered", scale.offered()),
        offered >= scale.offered() * capacity,
        PhotoIndex.json("%.1f", offered / capacity));
    row.rule("some of it is refused", refused.get() > 0, refused);
    row.zero(Column.FAILED, failures.failed(), failures.firstFailure());
    row.rule("the process is the same", node.node().pid() == pid, node.node().pid());
    row.documents(index, indexed.get());
    return row;
  }

  /** Median time of some searches, one after the other, in milliseconds. */
  private double probe() {
    double[] times = new double[PROBES];
    for (int i = 0; i < PROBES; i++) {
      String body = mix.probe(probes.getAndIncrement());
      long start = System.nanoTime();
      HttpJson.Reply reply = node.client().send("POST", "/" + index.name() + "/_search", body);
      // one that is refused is not back to normal, however fast it was
      times[i] = reply.ok() ? (System.nanoTime() - start) / 1e6 : Double.MAX_VALUE;
    }
    Arrays.sort(times);
    return times[PROBES / 2];
  }

  /** Requests a second in a closed loop. */
  private double capacity(Duration length) {
    int before = done.get();
    long start = System.nanoTime();
    IntConsumer[] clients = new IntConsumer[CLIENTS];
    Arrays.fill(clients, (IntConsumer) number -> judge(take(), null));
    try (Load load = new Load(clients)) {
      Waiting.until(Waiting.PATIENCE, () -> System.nanoTime() - start > length.toNanos());
      load.stop();
    }
    return (done.get() - before) / Waiting.seconds(start);
  }

  private Work take() {
    return mix.work(next.getAndIncrement());
  }

  /** Counts an answer; sends the request where there is none yet. */
  private void judge(Work work, HttpJson.Reply given) {
    HttpJson.Reply reply =
        given == null ? node.client().send("POST", work.path(), work.body()) : given;
    Verdict verdict = Mix.verdict(work, reply);
    switch (verdict) {
      case DONE -> done.incrementAndGet();
      case REFUSED -> refused.incrementAndGet();
      case FAILED -> failures.failed(work.path() + " got " + reply.status() + " " + reply.body());
    }
    if (work.isBulk()) {
      indexed.addAndGet(Mix.indexed(reply));
    }
  }

  /**
   * Sends at that rate, and gives the rate at which was really sent. Goes on where the queues are
   * not yet full, because the machine is slow.
   */
  private double offer(double perSecond) {
    Semaphore open = new Semaphore(MOST_OPEN);
    long start = System.nanoTime();
    long enough = start + scale.overload().toNanos();
    long end = start + LONGER * scale.overload().toNanos();
    int sent = 0;
    while (System.nanoTime() < (refused.get() > 0 ? enough : end)) {
      long due = start + (long) (sent / perSecond * 1e9);
      Waiting.pause(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
      if (acquire(open, end) == false) {
        break;
      }
      Work work = take();
      answers.add(
          node.client()
              .sendAsync("POST", work.path(), work.body())
              .whenComplete((reply, error) -> open.release())
              .thenAccept(reply -> judge(work, reply))
              .exceptionally(
                  error -> {
                    failures.failed(work.path() + " got no answer: " + error);
                    return null;
                  }));
      sent++;
    }
    return sent / Waiting.seconds(start);
  }

  private static boolean acquire(Semaphore open, long end) {
    try {
      return open.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted under load", e);
    }
  }
}
