package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.limits.WorkUnit;
import org.sightline.runtime.stats.RuntimeMetrics;
import org.sightline.runtime.stats.RuntimeMetrics.QueueDepth;
import org.sightline.runtime.stats.RuntimeStats;

class BatchQueueTest {
  private final ManualExecutor prepare = new ManualExecutor();
  private final ManualExecutor infer = new ManualExecutor();
  private final Scheduler scheduler = new Scheduler(prepare, 2, infer, 2);
  private final RuntimeMetrics metrics = new RuntimeMetrics();
  private final List<List<String>> batches = new ArrayList<>();
  private final BatchQueue<Named> queue =
      queue(new BatchQueue.Bounds(bound(6), 100, 3, 1, 0), this::runBatch);

  private BatchQueue<Named> queue(BatchQueue.Bounds bounds, Consumer<List<Named>> runner) {
    return new BatchQueue<>("tiny", Role.TEXT_EMBEDDING, bounds, scheduler, runner, metrics);
  }

  /** Admits inputs that cost one token each. */
  private Admission admit(Purpose purpose, int count) {
    Admission admission = Named.admission(purpose);
    for (int i = 0; i < count; i++) {
      admission.plan(queue, 1);
    }
    admission.admit();
    return admission;
  }

  private static QueueLimits.Bound bound(int inputs) {
    return bound(inputs, 1_000_000);
  }

  private static QueueLimits.Bound bound(int inputs, long tokens) {
    return new QueueLimits.Bound(inputs, tokens, WorkUnit.TOKENS, QueueLimits.TEXT_TOKENS);
  }

  private static QueueDepth depth(long waiting, long limit) {
    return new QueueDepth(waiting, limit, waiting, 1_000_000);
  }

  private static final Comparator<String> BY_LENGTH =
      Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

  private void runBatch(List<Named> batch) {
    batches.add(batch.stream().map(job -> job.name).toList());
    batch.forEach(job -> job.succeed(job.name));
  }

  private static Caller caller(Purpose purpose) {
    return new Caller(purpose, Deadline.after(Duration.ofMinutes(5)));
  }

  private Named submit(Caller caller, String name) {
    return submit(caller, name, () -> {});
  }

  private Named submit(Caller caller, String name, Runnable preparation) {
    return Named.submit(queue, caller, name, preparation);
  }

  @Test
  void batchesWhateverIsReadyWhenTheSessionIsFree() {
    Caller search = caller(Purpose.SEARCH);
    List<Named> jobs = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d")) {
      jobs.add(submit(search, name));
    }
    prepare.runAll();
    infer.runAll();
    assertEquals(List.of(List.of("a", "b", "c"), List.of("d")), batches);
    for (Named job : jobs) {
      assertEquals(job.name, job.result().join());
    }
    assertEquals(depth(0, 6), queue.depth());
    RuntimeStats.RoleStats stats =
        metrics.snapshot(null, null, null, Map.of()).roles().get(Role.TEXT_EMBEDDING);
    assertEquals(2, stats.batches());
    assertEquals(4, stats.inputs());
    assertEquals(List.of(1L, 1L, 0L, 0L, 0L, 0L), stats.batchSizes());
  }

  @Test
  void theSessionIsFreeForOthersBetweenBatches() {
    Caller search = caller(Purpose.SEARCH);
    for (String name : List.of("a", "b", "c", "d")) {
      submit(search, name);
    }
    prepare.runAll();
    assertEquals(1, infer.waiting());
    infer.runOne();
    assertEquals(1, batches.size());
    assertEquals(1, infer.waiting());
  }

  @Test
  void goesOnInPlaceWhenThePoolTakesNoFurtherTask() {
    Caller search = caller(Purpose.SEARCH);
    for (String name : List.of("a", "b", "c", "d")) {
      submit(search, name);
    }
    prepare.runAll();
    infer.capacity(0);
    infer.runOne();
    assertEquals(List.of(List.of("a", "b", "c"), List.of("d")), batches);
  }

  @Test
  void earlierPurposesGoFirst() {
    submit(caller(Purpose.INGEST), "ingest");
    submit(caller(Purpose.RERANK), "rerank");
    submit(caller(Purpose.SEARCH), "search 1");
    submit(caller(Purpose.SEARCH), "search 2");
    prepare.runAll();
    infer.runAll();
    assertEquals(List.of(List.of("search 1", "search 2", "rerank"), List.of("ingest")), batches);
  }

  @Test
  void refusesMoreThanItsBound() {
    Admission four = admit(Purpose.SEARCH, 4);
    InferenceException e = assertThrows(InferenceException.class, () -> admit(Purpose.SEARCH, 3));
    assertEquals(Kind.OVERLOADED, e.kind());
    assertEquals(
        "the queue of [text_embedding] of model [tiny] is full: 4 inputs wait for [search],"
            + " allowed are 6 [sightline.inference.queue_size], the request has 3",
        e.getMessage());
    Admission two = admit(Purpose.SEARCH, 2);
    assertEquals(depth(6, 6), queue.depth());
    four.close();
    two.close();
    admit(Purpose.SEARCH, 6).close();
    assertEquals(depth(0, 6), queue.depth());
  }

  @Test
  void aBulkRequestDoesNotShutOutSearches() {
    List<Admission> admitted = new ArrayList<>(List.of(admit(Purpose.INGEST, 6)));
    assertThrows(InferenceException.class, () -> admit(Purpose.INGEST, 1));
    for (Purpose purpose : List.of(Purpose.SEARCH, Purpose.RERANK, Purpose.CAPTION)) {
      admitted.add(admit(purpose, 6));
      assertThrows(InferenceException.class, () -> admit(purpose, 1));
    }
    assertEquals(depth(24, 6), queue.depth());
    admitted.forEach(Admission::close);
    assertEquals(depth(0, 6), queue.depth());
  }

  /** Eight texts are ready, three fit into a batch: the first is never put off for its length. */
  @Test
  void batchesAreMadeOfTextsAlikeInLength() {
    Caller ingest = caller(Purpose.INGEST);
    BatchQueue<Named> wide = queue(new BatchQueue.Bounds(bound(9), 100, 3, 1, 0), this::runBatch);
    for (int length : new int[] {5, 20, 6, 30, 4, 21, 5, 31}) {
      Named.submit(wide, ingest, "length " + length, () -> {}, length);
    }
    Named.submit(wide, caller(Purpose.CAPTION), "later purpose", () -> {}, 30);
    prepare.runAll();
    infer.runAll();
    assertEquals(
        List.of(
            List.of("length 4", "length 5", "length 5"),
            List.of("length 6", "length 20", "length 21"),
            List.of("length 30", "length 31", "later purpose")),
        batches.stream().map(batch -> batch.stream().sorted(BY_LENGTH).toList()).toList());
    assertEquals(depth(0, 9), wide.depth());
  }

  @Test
  void dropsWhatNobodyWaitsForBeforeItRuns() {
    Caller late = new Caller(Purpose.SEARCH, Deadline.after(Duration.ofSeconds(-1)));
    Caller gone = caller(Purpose.SEARCH);
    AtomicInteger prepared = new AtomicInteger();
    Named expired = submit(late, "expired", prepared::incrementAndGet);
    Named abandoned = submit(gone, "abandoned", prepared::incrementAndGet);
    submit(caller(Purpose.SEARCH), "wanted");
    while (prepare.runOne()) {
      // all three
    }
    gone.done = true;
    infer.runAll();
    assertEquals(List.of(List.of("wanted")), batches);
    assertEquals(1, prepared.get());
    assertEquals(Kind.DEADLINE_EXCEEDED, expired.failure());
    assertEquals(Kind.DEADLINE_EXCEEDED, abandoned.failure());
    assertEquals(depth(0, 6), queue.depth());
  }

  @Test
  void anInputThatCannotBePreparedFailsAlone() {
    Caller search = caller(Purpose.SEARCH);
    submit(search, "good");
    Named bad =
        submit(
            search,
            "bad",
            () -> {
              throw InferenceException.invalid("is bad");
            });
    Named broken =
        submit(
            search,
            "broken",
            () -> {
              throw new IllegalStateException("defect");
            });
    submit(search, "good too");
    prepare.runAll();
    infer.runAll();
    assertEquals(List.of(List.of("good", "good too")), batches);
    assertEquals(Kind.INVALID_INPUT, bad.failure());
    assertEquals(Kind.INTERNAL, broken.failure());
    assertEquals(depth(0, 6), queue.depth());
  }

  @Test
  void aBatchThatFailsFailsOnlyItsInputs() {
    List<String> seen = new ArrayList<>();
    BatchQueue<Named> fragile =
        queue(
            new BatchQueue.Bounds(bound(6), 100, 2, 1, 0),
            batch -> {
              batch.forEach(job -> seen.add(job.name));
              if (seen.contains("b") && batch.size() == 2) {
                throw new InferenceException(Kind.INTERNAL, "the graph failed");
              }
              batch.forEach(job -> job.succeed(job.name));
            });
    Caller search = caller(Purpose.SEARCH);
    List<Named> jobs = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      jobs.add(Named.submit(fragile, search, name, () -> {}));
    }
    prepare.runAll();
    infer.runAll();
    assertEquals(Kind.INTERNAL, jobs.get(0).failure());
    assertEquals(Kind.INTERNAL, jobs.get(1).failure());
    assertEquals("c", jobs.get(2).result().join());
    assertEquals(depth(0, 6), fragile.depth());
  }

  @Test
  void aFullPoolForPreparingFailsTheJobs() {
    prepare.capacity(0);
    Named job = submit(caller(Purpose.SEARCH), "a");
    assertEquals(Kind.OVERLOADED, job.failure());
    assertEquals(depth(0, 6), queue.depth());
    prepare.capacity(1);
    Named next = submit(caller(Purpose.SEARCH), "b");
    prepare.runAll();
    infer.runAll();
    assertEquals("b", next.result().join());
  }

  @Test
  void aFullPoolForInferenceFailsTheJobs() {
    infer.capacity(0);
    Named job = submit(caller(Purpose.SEARCH), "a");
    prepare.runAll();
    assertEquals(Kind.OVERLOADED, job.failure());
    assertEquals(depth(0, 6), queue.depth());
    infer.capacity(1);
    Named next = submit(caller(Purpose.SEARCH), "b");
    prepare.runAll();
    infer.runAll();
    assertEquals("b", next.result().join());
  }

  @Test
  void preparesNoMoreThanItsBound() {
    AtomicInteger prepared = new AtomicInteger();
    BatchQueue<Named> bounded = queue(new BatchQueue.Bounds(bound(10), 2, 2, 1, 0), this::runBatch);
    Caller search = caller(Purpose.SEARCH);
    for (int i = 0; i < 7; i++) {
      Named.submit(bounded, search, "job " + i, prepared::incrementAndGet);
    }
    prepare.runAll();
    assertEquals(2, prepared.get());
    infer.runOne();
    prepare.runAll();
    assertEquals(4, prepared.get());
    while (infer.waiting() > 0) {
      infer.runAll();
      prepare.runAll();
    }
    assertEquals(7, prepared.get());
    assertEquals(4, batches.size());
    assertEquals(depth(0, 10), bounded.depth());
  }
}
