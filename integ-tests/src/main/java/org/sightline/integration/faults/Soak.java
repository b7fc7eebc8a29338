package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.integration.faults.Mix.Verdict;
import org.sightline.integration.faults.Mix.Work;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.load.Load;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Tally;
import org.sightline.testsupport.load.Waiting;

/**
 * Inferences of every kind for long, with memory looked at from outside. The node's heap is in
 * memory from the start, so what grows is native. Unloading the models must end, which it does only
 * when no request holds them, and leave nothing on the breaker, which counts what requests and
 * caches hold.
 */
public final class Soak {
  private static final List<String> MODELS = List.of("emoji-clip", "emoji-blip");
  private static final int LOOKS = 40;
  private static final Duration SOON = Duration.ofSeconds(20);

  private final OneNode node;
  private final Scale scale;
  private final Mix mix;
  private final NodeCounters counters;
  private final long pid;
  private final Tally requests = new Tally();
  private final AtomicInteger next = new AtomicInteger();

  private Soak(OneNode node, Scale scale) {
    this.node = node;
    this.scale = scale;
    this.mix = new Mix(node.pictures(), node.index("soak", "emoji-clip"));
    this.counters = node.counters();
    this.pid = node.node().pid();
  }

  /** Runs it. */
  public static FaultRow run(OneNode node, Scale scale) {
    return new Soak(node, scale).run();
  }

  private FaultRow run() {
    FaultRow row = new FaultRow("soak");
    ProcessMemory memory = new ProcessMemory();
    long start = System.nanoTime();
    long inferences;
    try (Load load = new Load(number -> ask(), number -> ask())) {
      long warm = counters.inferences() + scale.warmUp();
      await(load, warm);
      long from = counters.inferences();
      memory.read(pid, from);
      for (int look = 1; look <= LOOKS; look++) {
        await(load, from + (long) scale.soak() * look / LOOKS);
        memory.read(pid, counters.inferences());
      }
      inferences = counters.inferences() - from;
      load.stop();
      memory.read(pid, counters.inferences());
      double bytes = memory.slope();
      row.figure(
          Column.MEMORY,
          PhotoIndex.json("%+.0f bytes an inference, %+d MB in all", bytes, memory.grown() >> 20));
      row.rule(
          "native memory grows by less than " + scale.leak() + " bytes an inference",
          bytes < scale.leak(),
          PhotoIndex.json("%.0f", bytes));
    }
    row.figure(
        Column.DONE,
        PhotoIndex.json(
            "%d inferences after %d, %d requests, %.0f s",
            inferences, scale.warmUp(), requests.done(), Waiting.seconds(start)));
    row.zero(Column.FAILED, requests.failed(), requests.firstFailure());
    released(row);
    return row;
  }

  private void await(Load load, long inferences) {
    Waiting.whileGoingOn(
        inferences + " inferences",
        requests::done,
        () -> load.least() >= 0 && counters.inferences() >= inferences);
  }

  private void ask() {
    Work work = mix.work(next.getAndIncrement());
    long start = System.nanoTime();
    HttpJson.Reply reply = node.client().send("POST", work.path(), work.body());
    if (Mix.verdict(work, reply) == Verdict.DONE) {
      requests.done(start);
    } else {
      requests.failed(work.path() + " got " + reply.status() + " " + reply.body());
    }
  }

  private void released(FaultRow row) {
    for (String model : MODELS) {
      HttpJson.Reply reply =
          node.client().send("POST", "/_sightline/models/" + model + "/_unload", null);
      String state = reply.body().at("/nodes/0/state").asText();
      row.rule("[" + model + "] can be unloaded", state.equals("available"), reply.body());
    }
    boolean released = Waiting.until(SOON, () -> held() == 0);
    row.rule("nothing is held when all is unloaded", released, held() + " bytes");
  }

  private long held() {
    JsonNode stats = node.client().ok("GET", "/_nodes/stats/breaker", null);
    return stats
        .required("nodes")
        .elements()
        .next()
        .at("/breakers/sightline/estimated_size_in_bytes")
        .asLong(-1);
  }
}
