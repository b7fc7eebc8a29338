package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;

class OutcomesTest {
  private final AtomicInteger endings = new AtomicInteger();
  private final AtomicInteger answers = new AtomicInteger();

  private Outcomes<String> outcomes(int size) {
    Outcomes<String> outcomes =
        new Outcomes<>(
            size,
            new Admission(Purpose.SEARCH, HeapAccount.NONE, endings::incrementAndGet),
            Deadline.after(Duration.ofMinutes(1)));
    outcomes.all().whenComplete((value, error) -> answers.incrementAndGet());
    return outcomes;
  }

  @Test
  void keepsTheOrderOfTheInputs() throws Exception {
    Outcomes<String> outcomes = outcomes(3);
    InferenceException bad = InferenceException.invalid("is bad");
    outcomes.set(2, "c", null);
    outcomes.set(1, null, new CompletionException(bad));
    assertFalse(outcomes.done());
    outcomes.set(0, "a", null);
    assertTrue(outcomes.done());
    List<Outcome<String>> list = outcomes.all().toCompletableFuture().get();
    assertEquals(List.of(Outcome.success("a"), Outcome.failure(bad), Outcome.success("c")), list);
    assertEquals(1, endings.get());
  }

  @Test
  void ignoresASecondOutcomeOfAnInput() throws Exception {
    Outcomes<String> outcomes = outcomes(2);
    outcomes.set(0, "first", null);
    outcomes.set(0, "second", null);
    assertFalse(outcomes.done());
    outcomes.set(1, "other", null);
    outcomes.abort(InferenceException.invalid("too late"));
    assertEquals(
        List.of(Outcome.success("first"), Outcome.success("other")),
        outcomes.all().toCompletableFuture().get());
    assertEquals(1, endings.get());
    assertEquals(1, answers.get());
  }

  @Test
  void anInputWithoutRoomEndsTheRequest() {
    for (Kind kind : List.of(Kind.OVERLOADED, Kind.DEADLINE_EXCEEDED, Kind.MODEL_UNAVAILABLE)) {
      Outcomes<String> outcomes = outcomes(2);
      outcomes.set(0, null, new InferenceException(kind, "no room"));
      outcomes.set(1, "late", null);
      ExecutionException e =
          assertThrows(ExecutionException.class, () -> outcomes.all().toCompletableFuture().get());
      assertEquals(kind, ((InferenceException) e.getCause()).kind());
    }
    assertEquals(3, endings.get());
    assertEquals(3, answers.get());
  }

  /** Threads that set outcomes race with one that aborts: one answer, one ending. */
  @Test
  void answersOnceUnderRaces() throws Exception {
    int rounds = 300;
    for (int round = 0; round < rounds; round++) {
      Outcomes<String> outcomes = outcomes(8);
      CountDownLatch start = new CountDownLatch(1);
      List<FutureTask<Void>> tasks = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        int first = thread;
        tasks.add(
            new FutureTask<>(
                () -> {
                  start.await();
                  for (int i = first; i < 8; i += 2) {
                    outcomes.set(i, "value", null);
                  }
                  return null;
                }));
      }
      tasks.add(
          new FutureTask<>(
              () -> {
                start.await();
                outcomes.abort(new InferenceException(Kind.OVERLOADED, "full"));
                return null;
              }));
      tasks.forEach(task -> Thread.ofPlatform().start(task));
      start.countDown();
      for (FutureTask<Void> task : tasks) {
        task.get(60, TimeUnit.SECONDS);
      }
      assertTrue(outcomes.all().toCompletableFuture().isDone());
    }
    assertEquals(rounds, endings.get());
    assertEquals(rounds, answers.get());
  }
}
