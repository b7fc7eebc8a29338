package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.RuntimeTestCase;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.limits.WorkUnit;
import org.sightline.runtime.stats.RuntimeMetrics;

/** A queue whose graph several runs serve side by side. */
class BatchQueueRunsTest {
  private final ManualExecutor prepare = new ManualExecutor();
  private final ManualExecutor infer = new ManualExecutor();
  private final RuntimeMetrics metrics = new RuntimeMetrics();
  private final List<List<String>> batches = new ArrayList<>();
  private final Caller search = new Caller(Purpose.SEARCH, Deadline.after(Duration.ofMinutes(5)));

  private static BatchQueue.Bounds bounds(int inputs, int prepared, int batch, int runs) {
    QueueLimits.Bound waiting =
        new QueueLimits.Bound(inputs, 1_000_000, WorkUnit.TOKENS, QueueLimits.TEXT_TOKENS);
    return new BatchQueue.Bounds(waiting, prepared, batch, runs, 0);
  }

  private BatchQueue<Named> twoRuns(int batch) {
    return new BatchQueue<>(
        "tiny",
        Role.TEXT_EMBEDDING,
        bounds(100, 100, batch, 2),
        new Scheduler(prepare, 2, infer, 2),
        this::runBatch,
        metrics);
  }

  private void runBatch(List<Named> batch) {
    batches.add(batch.stream().map(job -> job.name).toList());
    batch.forEach(job -> job.succeed(job.name));
  }

  @Test
  void runsShareWhatIsReady() {
    BatchQueue<Named> two = twoRuns(4);
    for (int i = 0; i < 11; i++) {
      Named.submit(two, search, "" + i, () -> {});
    }
    prepare.runAll();
    assertEquals(2, infer.waiting(), "both runs are asked for");
    infer.runAll();
    assertEquals(
        List.of(4, 4, 2, 1),
        batches.stream().map(List::size).toList(),
        "full batches while there is enough, then half of what is left");
    assertEquals(0, two.depth().waiting());
  }

  @Test
  void aBulkRunBeginsWhenItsBatchIsFullOrNothingMoreComes() {
    BatchQueue<Named> two = twoRuns(4);
    Caller ingest = new Caller(Purpose.INGEST, Deadline.after(Duration.ofMinutes(5)));
    for (int i = 0; i < 11; i++) {
      Named.submit(two, ingest, "" + i, () -> {});
    }
    // a processor that is free whenever an input is ready
    while (prepare.runOne()) {
      infer.runAll();
    }
    assertEquals(List.of(4, 4, 2, 1), batches.stream().map(List::size).toList());
    assertEquals(0, two.depth().waiting());
  }

  @Test
  void aBulkRunDoesNotWaitForInputsThatThePoolRefuses() {
    BatchQueue<Named> two = twoRuns(4);
    Caller ingest = new Caller(Purpose.INGEST, Deadline.after(Duration.ofMinutes(5)));
    Named first = Named.submit(two, ingest, "first", () -> prepare.capacity(0));
    Named second = Named.submit(two, ingest, "second", () -> {});
    prepare.runAll();
    infer.runAll();
    assertTrue(first.result().isDone());
    assertTrue(second.result().isDone());
    assertEquals(0, two.depth().waiting());
  }

  @Test
  void aRefusedRunLeavesTheInputsToTheOthers() {
    BatchQueue<Named> two = twoRuns(1);
    infer.capacity(1);
    List<Named> jobs = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      jobs.add(Named.submit(two, search, name, () -> {}));
    }
    prepare.runAll();
    assertEquals(1, infer.waiting());
    infer.runAll();
    for (Named job : jobs) {
      assertEquals(job.name, job.result().join());
    }
    assertEquals(0, two.depth().waiting());
  }

  /** Many threads submit, some jobs fail: each job is completed once and no place is lost. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void losesNothingUnderLoad(int runs) throws Exception {
    ThreadPoolExecutor preparing = RuntimeTestCase.pool(3, Integer.MAX_VALUE);
    ThreadPoolExecutor inferring = RuntimeTestCase.pool(runs + 1, Integer.MAX_VALUE);
    int threads = 4;
    int each = 500;
    AtomicInteger running = new AtomicInteger();
    AtomicInteger completed = new AtomicInteger();
    AtomicInteger succeeded = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(threads * each);
    try {
      BatchQueue<Named> busy =
          new BatchQueue<>(
              "tiny",
              Role.TEXT_EMBEDDING,
              bounds(threads * each, 16, 8, runs),
              new Scheduler(preparing, inferring),
              batch -> {
                int together = running.incrementAndGet();
                assertTrue(together <= runs, together + " batches at a time");
                batch.forEach(job -> job.succeed(job.name));
                running.decrementAndGet();
              },
              metrics);
      for (int thread = 0; thread < threads; thread++) {
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int i = 0; i < each; i++) {
                    boolean bad = i % 7 == 0;
                    Named job =
                        Named.submit(
                            busy,
                            search,
                            "job",
                            () -> {
                              if (bad) {
                                throw InferenceException.invalid("is bad");
                              }
                            });
                    job.result()
                        .whenComplete(
                            (value, error) -> {
                              completed.incrementAndGet();
                              succeeded.addAndGet(error == null ? 1 : 0);
                              all.countDown();
                            });
                  }
                });
      }
      assertTrue(all.await(60, TimeUnit.SECONDS));
      assertEquals(threads * each, completed.get());
      assertEquals(threads * (each - 72), succeeded.get());
      assertEquals(0, busy.depth().waiting());
    } finally {
      preparing.shutdown();
      inferring.shutdown();
    }
    assertTrue(inferring.awaitTermination(60, TimeUnit.SECONDS));
    assertFalse(preparing.getQueue().iterator().hasNext());
  }
}
