package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.limits.WorkUnit;
import org.sightline.runtime.stats.RuntimeMetrics;

/** Jobs that need heap for a picture: those that find none wait and hold no thread. */
class DecodeBudgetTest {
  private final ManualExecutor prepare = new ManualExecutor();
  private final ManualExecutor infer = new ManualExecutor();
  private final AtomicLong counted = new AtomicLong();
  private final DecodeBudget budget =
      new DecodeBudget(
          10,
          new HeapAccount() {
            @Override
            public void take(long bytes) {
              throw new AssertionError("a job that was admitted is not refused");
            }

            @Override
            public void add(long bytes) {
              counted.addAndGet(bytes);
            }
          });
  private final List<String> ran = new ArrayList<>();
  private final BatchQueue<Picture> queue =
      new BatchQueue<>(
          "tiny",
          Role.IMAGE_EMBEDDING,
          new BatchQueue.Bounds(
              new QueueLimits.Bound(100, 100, WorkUnit.PIXELS, QueueLimits.IMAGE_PIXELS),
              100,
              1,
              1,
              0),
          new Scheduler(prepare, 4, infer, 1),
          batch -> batch.forEach(job -> job.succeed(job.name)),
          new RuntimeMetrics());

  /** Holds its heap until the test gives it back. */
  private final class Picture extends Job<String> {
    private final String name;
    private final long bytes;

    private Picture(Caller caller, Admission.Permit permit, String name, long bytes) {
      super(caller, permit);
      this.name = name;
      this.bytes = bytes;
    }

    @Override
    public boolean prepare() {
      boolean taken = budget.take(this, bytes);
      if (taken) {
        ran.add(name);
      }
      return taken;
    }

    @Override
    protected void ended() {
      budget.giveBack(this);
    }
  }

  private Picture submit(Caller caller, String name, long bytes) {
    Admission admission = Named.admission(caller.purpose);
    Admission.Permit permit = admission.plan(queue, 1);
    admission.admit();
    Picture picture = new Picture(caller, permit, name, bytes);
    queue.submit(picture);
    prepare.runAll();
    return picture;
  }

  private Picture submit(Purpose purpose, String name, long bytes) {
    return submit(new Caller(purpose, Deadline.after(Duration.ofMinutes(5))), name, bytes);
  }

  private void giveBack(Picture picture) {
    budget.giveBack(picture);
    assertTrue(budget.heldBytes() <= 10);
    assertEquals(budget.heldBytes(), counted.get());
    prepare.runAll();
  }

  private void allEnd() {
    while (infer.waiting() + prepare.waiting() > 0) {
      infer.runAll();
      prepare.runAll();
    }
    assertEquals(0, budget.heldBytes());
    assertEquals(0, counted.get());
    assertEquals(0, queue.depth().waiting());
  }

  @Test
  void whatFindsNoHeapWaitsAndHoldsNoThread() {
    Picture first = submit(Purpose.INGEST, "first", 6);
    Picture second = submit(Purpose.INGEST, "second", 6);
    submit(Purpose.INGEST, "small, and behind the second", 2);
    assertEquals(List.of("first"), ran);
    assertEquals(0, prepare.waiting());
    assertEquals(6, budget.heldBytes());
    assertEquals(6, counted.get());
    giveBack(first);
    assertEquals(List.of("first", "second", "small, and behind the second"), ran);
    assertEquals(8, budget.heldBytes());
    allEnd();
    assertEquals("second", second.result().join());
  }

  @Test
  void searchesAreFirstAndOthersAreNotOvertakenForEver() {
    List<Picture> holding = new ArrayList<>(List.of(submit(Purpose.INGEST, "holds", 10)));
    submit(Purpose.INGEST, "large", 10);
    for (int i = 0; i < 2 * Lane.BY_ARRIVAL; i++) {
      holding.add(submit(Purpose.SEARCH, "search " + i, 10));
    }
    for (Picture picture : holding) {
      giveBack(picture);
    }
    assertEquals("search 0", ran.get(1));
    assertEquals("large", ran.get(1 + Lane.BY_ARRIVAL));
    allEnd();
    assertEquals(2 + 2 * Lane.BY_ARRIVAL, ran.size());
  }

  @Test
  void whatIsLargerThanTheBoundRunsAlone() {
    Picture huge = submit(Purpose.INGEST, "huge", Long.MAX_VALUE);
    submit(Purpose.SEARCH, "free", 0);
    assertEquals(List.of("huge"), ran);
    giveBack(huge);
    assertEquals(List.of("huge", "free"), ran);
    allEnd();
  }

  @Test
  void whatNobodyWaitsForLeavesTheBudget() {
    Picture first = submit(Purpose.INGEST, "first", 6);
    Caller gone = new Caller(Purpose.INGEST, Deadline.after(Duration.ofMinutes(5)));
    Picture late = submit(gone, "late", 10);
    Picture next = submit(Purpose.INGEST, "next", 4);
    gone.deadline.abandon();
    assertFalse(late.result().isDone());
    giveBack(first);
    assertTrue(late.result().isCompletedExceptionally());
    assertEquals(List.of("first", "next"), ran);
    allEnd();
    assertEquals("next", next.result().join());
  }
}
