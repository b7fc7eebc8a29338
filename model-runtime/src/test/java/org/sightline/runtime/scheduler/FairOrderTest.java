package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

  private static Caller caller(Purpose purpose) {
    return new Caller(purpose, Deadline.after(Duration.ofMinutes(5)));
  }

  /** All purposes wait and more of each arrive all the time: who gets the thread? */
  @Test
  void everyEighthJobIsTakenByArrival() {
    BatchQueue<Named> queue = queue(1000);
    List<String> prepared = new ArrayList<>();
    for (Purpose purpose : Purpose.values()) {
      for (int i = 0; i < 2 * Lane.BY_ARRIVAL; i++) {
        Purpose reversed = Purpose.values()[Purpose.values().length - 1 - purpose.ordinal()];
        Named.submit(queue, caller(reversed), "", () -> prepared.add(reversed.name()));
      }
    }
    for (int i = 0; i < 2 * Lane.BY_ARRIVAL; i++) {
      prepare.runOne();
    }
    for (int i = 0; i < prepared.size(); i++) {
      boolean byArrival = i % Lane.BY_ARRIVAL == Lane.BY_ARRIVAL - 1;
      Purpose expected = byArrival ? Purpose.CAPTION : Purpose.SEARCH;
      assertEquals(expected.name(), prepared.get(i), "turn " + i);
    }
    assertEquals(2 * Lane.BY_ARRIVAL, prepared.size());
  }

  private BatchQueue<Named> queue(int prepared) {
    QueueLimits.Bound bound =
        new QueueLimits.Bound(1000, 1000, WorkUnit.TOKENS, QueueLimits.TEXT_TOKENS);
    return new BatchQueue<>(
        "tiny",
        Role.TEXT_EMBEDDING,
        new BatchQueue.Bounds(bound, prepared, 1, 1, 0),
        new Scheduler(prepare, 1, infer, 1),
        batch ->
            batch.forEach(
                job -> {
                  ran.add(job.name);
                  job.succeed(job.name);
                }),
        new RuntimeMetrics());
  }

  private static void submit(BatchQueue<Named> queue, Purpose purpose) {
    Named.submit(queue, caller(purpose), purpose.name(), () -> {});
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
    assertTrue(last <= 4 * Lane.BY_ARRIVAL, firstRun::toString);
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
