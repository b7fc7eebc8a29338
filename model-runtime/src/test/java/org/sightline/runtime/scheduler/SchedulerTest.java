package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.RuntimeTestCase;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.stats.RuntimeMetrics;

/** Queues of several models that share the pools of a node. */
class SchedulerTest {
  private final ManualExecutor prepare = new ManualExecutor();
  private final ManualExecutor infer = new ManualExecutor();
  private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

  private static Caller caller(Purpose purpose) {
    return new Caller(purpose, Deadline.after(Duration.ofMinutes(5)));
  }

  private BatchQueue<Named> queue(Scheduler scheduler, String model, int runs) {
    return new BatchQueue<>(
        model,
        Role.IMAGE_EMBEDDING,
        new BatchQueue.Bounds(QueueLimits.DEFAULTS.of(Role.IMAGE_EMBEDDING), 1000, 8, runs, 1),
        scheduler,
        batch ->
            batch.forEach(
                job -> {
                  ran.add(job.name);
                  job.succeed(job.name);
                }),
        new RuntimeMetrics());
  }

  /** A bulk keeps all threads that it may have busy; a search of another model does not wait. */
  @Test
  void aSearchDoesNotWaitForTheBulkOfAnotherModel() throws Exception {
    ThreadPoolExecutor preparing = RuntimeTestCase.pool(2, Integer.MAX_VALUE);
    ThreadPoolExecutor inferring = RuntimeTestCase.pool(2, Integer.MAX_VALUE);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger begun = new AtomicInteger();
    try {
      Scheduler scheduler = new Scheduler(preparing, inferring);
      BatchQueue<Named> bulk = queue(scheduler, "bulk", 2);
      List<Named> pictures = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        pictures.add(
            Named.submit(
                bulk,
                caller(Purpose.INGEST),
                "picture",
                () -> {
                  begun.incrementAndGet();
                  await(release);
                }));
      }
      Named search =
          Named.submit(queue(scheduler, "other", 1), caller(Purpose.SEARCH), "search", () -> {});
      assertEquals("search", search.result().get(60, TimeUnit.SECONDS));
      assertTrue(begun.get() <= 1, "all threads but one are for bulk work: " + begun);
      assertTrue(pictures.stream().noneMatch(picture -> picture.result().isDone()));
      release.countDown();
      for (Named picture : pictures) {
        assertEquals("picture", picture.result().get(60, TimeUnit.SECONDS));
      }
    } finally {
      release.countDown();
      preparing.shutdown();
      inferring.shutdown();
    }
    assertTrue(preparing.awaitTermination(60, TimeUnit.SECONDS));
    assertTrue(inferring.awaitTermination(60, TimeUnit.SECONDS));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One task does one job, of whichever queue is most urgent when the task gets a thread. */
  @Test
  void purposesCompeteAcrossQueues() {
    Scheduler scheduler = new Scheduler(prepare, 1, infer, 1);
    BatchQueue<Named> bulk = queue(scheduler, "bulk", 1);
    BatchQueue<Named> other = queue(scheduler, "other", 1);
    List<String> prepared = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Named.submit(bulk, caller(Purpose.INGEST), "ingest", () -> prepared.add("ingest"));
    }
    assertEquals(1, prepare.waiting(), "no more tasks than threads");
    prepare.runOne();
    Named.submit(other, caller(Purpose.RERANK), "rerank", () -> prepared.add("rerank"));
    Named.submit(other, caller(Purpose.SEARCH), "search", () -> prepared.add("search"));
    prepare.runOne();
    prepare.runOne();
    assertEquals(List.of("ingest", "search", "rerank"), prepared);
    prepare.runAll();
    infer.runOne();
    assertEquals(List.of("search", "rerank"), ran, "no bulk job rides in the batch of a search");
    infer.runAll();
    assertEquals(5, ran.size());
    assertEquals(0, bulk.depth().waiting() + other.depth().waiting());
  }

  /** All runs of a graph are bulk runs: a search of the same model has one of its own. */
  @Test
  void aSearchHasARunOfItsOwn() {
    Scheduler scheduler = new Scheduler(prepare, 4, infer, 4);
    BatchQueue<Named> busy =
        new BatchQueue<>(
            "busy",
            Role.IMAGE_EMBEDDING,
            new BatchQueue.Bounds(QueueLimits.DEFAULTS.of(Role.IMAGE_EMBEDDING), 9, 1, 1, 1),
            scheduler,
            batch -> {
              if (batch.getFirst().name.equals("ingest")) {
                Named.submit(batch.getFirst().queue, caller(Purpose.SEARCH), "search", () -> {});
                prepare.runAll();
                infer.runAll(); // as a second thread would, while this run goes on
              }
              batch.forEach(
                  job -> {
                    ran.add(job.name);
                    job.succeed(job.name);
                  });
            },
            new RuntimeMetrics());
    Named.submit(busy, caller(Purpose.INGEST), "ingest", () -> {});
    Named.submit(busy, caller(Purpose.INGEST), "ingest too", () -> {});
    prepare.runAll();
    assertEquals(1, infer.waiting(), "one run of bulk work at a time");
    infer.runAll();
    assertEquals(List.of("search", "ingest", "ingest too"), ran);
  }

  /** Threads beyond the processors would make a search share one with the bulk. */
  @Test
  void bulkWorkOfBothPoolsTakesNoMoreThreadsThanProcessors() {
    Scheduler scheduler = new Scheduler(prepare, 4, infer, 4, 2);
    BatchQueue<Named> bulk = queue(scheduler, "bulk", 4);
    for (int i = 0; i < 20; i++) {
      Named.submit(bulk, caller(Purpose.INGEST), "ingest", () -> {});
    }
    assertEquals(2, prepare.waiting());
    for (int i = 0; i < 8; i++) {
      assertEquals(0, infer.waiting(), "a batch of eight is not full");
      prepare.runOne();
    }
    assertEquals(1, infer.waiting(), "a batch that is prepared runs first");
    assertEquals(1, prepare.waiting(), "and takes the processor of what would be prepared");
    Named.submit(queue(scheduler, "other", 1), caller(Purpose.SEARCH), "search", () -> {});
    assertEquals(2, prepare.waiting(), "a search gets a thread at once");
    while (prepare.waiting() + infer.waiting() > 0) {
      prepare.runAll();
      infer.runAll();
    }
    assertEquals(21, ran.size());
  }

  @Test
  void anErrorFailsItsJobAndTheQueueGoesOn() {
    Scheduler scheduler = new Scheduler(prepare, 1, infer, 1);
    BatchQueue<Named> queue = queue(scheduler, "one", 1);
    Named broken =
        Named.submit(
            queue,
            caller(Purpose.SEARCH),
            "broken",
            () -> {
              throw new AssertionError("broken");
            });
    Named next = Named.submit(queue, caller(Purpose.SEARCH), "next", () -> {});
    prepare.runAll();
    infer.runAll();
    assertEquals(Kind.ERROR, broken.failure());
    assertEquals("next", next.result().join());
    assertEquals(0, queue.depth().waiting());
  }

  /** It reaches whoever handles the errors of the thread, is no answer, and stops nothing else. */
  @Test
  void outOfMemoryLeavesTheThread() {
    Scheduler scheduler = new Scheduler(prepare, 1, infer, 1);
    BatchQueue<Named> queue =
        new BatchQueue<>(
            "one",
            Role.IMAGE_EMBEDDING,
            new BatchQueue.Bounds(QueueLimits.DEFAULTS.of(Role.IMAGE_EMBEDDING), 2, 1, 1, 0),
            scheduler,
            batch -> {
              if (batch.getFirst().name.equals("large")) {
                throw new OutOfMemoryError("for the test");
              }
              batch.forEach(job -> job.succeed(job.name));
            },
            new RuntimeMetrics());
    Named first =
        Named.submit(
            queue,
            caller(Purpose.SEARCH),
            "first",
            () -> {
              throw new OutOfMemoryError("for the test");
            });
    Named large = Named.submit(queue, caller(Purpose.SEARCH), "large", () -> {});
    Named next = Named.submit(queue, caller(Purpose.SEARCH), "next", () -> {});
    assertThrows(OutOfMemoryError.class, prepare::runAll);
    prepare.runAll();
    assertThrows(OutOfMemoryError.class, infer::runAll);
    prepare.runAll();
    infer.runAll();
    assertEquals("next", next.result().join());
    assertFalse(first.result().isDone() || large.result().isDone());
    assertEquals(0, scheduler.active());
  }
}
