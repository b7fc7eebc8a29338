package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.limits.WorkUnit;
import org.sightline.runtime.stats.RuntimeMetrics;

/** Earlier purposes go first, and nobody waits for ever. */
class FairOrderTest {
  private final ManualExecutor prepare = new ManualExecutor();
  private final ManualExecutor infer = new ManualExecutor();
  private final List<String> ran = new ArrayList<>();

  private static Named job(Purpose purpose, long sequence) {
    Named job =
        new Named(
            new Caller(purpose, Deadline.after(Duration.ofMinutes(5))), purpose.name(), () -> {});
    job.sequence(sequence);
    return job;
  }

  @Test
  void everyEighthTurnIsByArrival() {
    FairOrder<Named> order = new FairOrder<>();
    assertNull(order.turn());
    order.add(job(Purpose.CAPTION, 0));
    order.add(job(Purpose.INGEST, 1));
    order.add(job(Purpose.RERANK, 2));
    order.add(job(Purpose.SEARCH, 3));
    List<Purpose> turns = new ArrayList<>();
    for (int i = 0; i < 2 * FairOrder.BY_ARRIVAL; i++) {
      turns.add(order.turn());
    }
    for (int i = 0; i < turns.size(); i++) {
      boolean byArrival = i % FairOrder.BY_ARRIVAL == FairOrder.BY_ARRIVAL - 1;
      assertEquals(byArrival ? Purpose.CAPTION : Purpose.SEARCH, turns.get(i), "turn " + i);
    }
    assertEquals(Purpose.CAPTION, order.poll(Purpose.CAPTION).purpose());
    assertNull(order.poll(Purpose.CAPTION));
    assertEquals(
        List.of(Purpose.SEARCH, Purpose.RERANK, Purpose.INGEST),
        List.of(order.poll().purpose(), order.poll().purpose(), order.poll().purpose()));
    assertTrue(order.isEmpty());
    assertNull(order.poll());
  }

  private BatchQueue<Named> queue(int prepared) {
    QueueLimits.Bound bound =
        new QueueLimits.Bound(1000, 1000, WorkUnit.TOKENS, QueueLimits.TEXT_TOKENS);
    return new BatchQueue<>(
        "tiny",
        Role.TEXT_EMBEDDING,
        new BatchQueue.Bounds(bound, prepared, 2, 1, 1),
        prepare,
        infer,
        batch ->
            batch.forEach(
                job -> {
                  ran.add(job.name);
                  job.succeed(job.name);
                }),
        new RuntimeMetrics());
  }

  private static void submit(BatchQueue<Named> queue, Purpose purpose) {
    queue.reserve(purpose, new Amount(1, 1));
    queue.submit(job(purpose, 0));
  }

  /**
   * Searches keep more work waiting than is done: a batch is full of them each time. What came
   * before them of the other purposes has run nevertheless after so many batches.
   *
   * @param prepared few: the turns are taken before preparation; many: before the batch
   */
  private void searchesNeverCease(int prepared) {
    BatchQueue<Named> queue = queue(prepared);
    for (Purpose purpose : List.of(Purpose.CAPTION, Purpose.INGEST, Purpose.RERANK)) {
      submit(queue, purpose);
    }
    for (int i = 0; i < 10; i++) {
      submit(queue, Purpose.SEARCH);
    }
    Map<Purpose, Integer> firstRun = new EnumMap<>(Purpose.class);
    for (int batch = 1; batch <= 60; batch++) {
      prepare.runAll();
      infer.runOne();
      submit(queue, Purpose.SEARCH);
      submit(queue, Purpose.SEARCH);
      for (Purpose purpose : Purpose.values()) {
        if (ran.contains(purpose.name())) {
          firstRun.putIfAbsent(purpose, batch);
        }
      }
    }
    assertEquals(1, firstRun.get(Purpose.SEARCH));
    int last = 0;
    for (Purpose purpose : List.of(Purpose.CAPTION, Purpose.INGEST, Purpose.RERANK)) {
      assertTrue(firstRun.containsKey(purpose), purpose + " never ran: " + firstRun);
      assertTrue(firstRun.get(purpose) > last, "by arrival: " + firstRun);
      last = firstRun.get(purpose);
    }
    assertTrue(last <= 4 * FairOrder.BY_ARRIVAL, firstRun::toString);
    long others = ran.stream().filter(name -> !name.equals(Purpose.SEARCH.name())).count();
    assertEquals(3, others);
  }

  @Test
  void nobodyStarvesBeforePreparation() {
    searchesNeverCease(2);
  }

  @Test
  void nobodyStarvesBeforeTheBatch() {
    searchesNeverCease(1000);
  }
}
