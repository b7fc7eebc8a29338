package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.limits.WorkUnit;
import org.sightline.runtime.stats.RuntimeMetrics;

/** What a queue does with jobs that it will not get to in time. */
class BatchQueueLateTest {
  private static final Duration BATCH = Duration.ofMillis(300);

  private final ManualExecutor prepare = new ManualExecutor();
  private final ManualExecutor infer = new ManualExecutor();
  private final BatchQueue<Named> queue =
      new BatchQueue<>(
          "tiny",
          Role.TEXT_EMBEDDING,
          new BatchQueue.Bounds(
              new QueueLimits.Bound(100, 100, WorkUnit.TOKENS, QueueLimits.TEXT_TOKENS),
              2,
              1,
              1,
              0),
          new Scheduler(prepare, 1, infer, 1),
          BatchQueueLateTest::run,
          new RuntimeMetrics());

  /** Takes as long as a slow model. */
  private static void run(List<Named> batch) {
    long end = System.nanoTime() + BATCH.toNanos();
    while (System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
    batch.forEach(job -> job.succeed(job.name));
  }

  private Named submit(Purpose purpose, Duration deadline) {
    return Named.submit(queue, new Caller(purpose, Deadline.after(deadline)), "a", () -> {});
  }

  @Test
  void whatWouldBeginTooLateIsRefusedBeforeItsDeadline() {
    Named first = submit(Purpose.SEARCH, Duration.ofHours(1));
    prepare.runAll();
    infer.runOne(); // from now on the queue knows how long a batch takes
    assertEquals("a", first.result().join());
    Named search = submit(Purpose.SEARCH, Duration.ofHours(1));
    Named ready = submit(Purpose.CAPTION, BATCH);
    Named waiting = submit(Purpose.CAPTION, BATCH);
    Named patient = submit(Purpose.CAPTION, Duration.ofHours(1));
    prepare.runAll();
    infer.runOne();
    for (Named late : List.of(ready, waiting)) {
      CompletionException e = assertThrows(CompletionException.class, () -> late.result().join());
      InferenceException refused = (InferenceException) e.getCause();
      assertEquals(Kind.OVERLOADED, refused.kind());
      assertTrue(
          refused
              .getMessage()
              .matches(
                  "the queue of \\[text_embedding] of model \\[tiny] is too slow for the deadline"
                      + " of the request, which waited \\d+ ms"),
          refused.getMessage());
    }
    assertEquals("a", search.result().join());
    assertFalse(patient.result().isDone());
    assertEquals(1, queue.depth().waiting());
    prepare.runAll();
    infer.runAll();
    assertEquals("a", patient.result().join());
    assertEquals(0, queue.depth().waiting());
  }

  @Test
  void nobodyIsRefusedWhoseTurnItIs() {
    submit(Purpose.SEARCH, Duration.ofHours(1));
    prepare.runAll();
    infer.runOne();
    Named hasty = submit(Purpose.CAPTION, BATCH);
    prepare.runAll();
    infer.runAll();
    assertEquals("a", hasty.result().join());
  }
}
