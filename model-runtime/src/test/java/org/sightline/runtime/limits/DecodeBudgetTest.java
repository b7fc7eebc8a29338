package org.sightline.runtime.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DecodeBudgetTest {

  @Test
  void neverHoldsMoreThanItsBound() throws Exception {
    long limit = 10 * 1024;
    DecodeBudget budget = new DecodeBudget(limit);
    AtomicLong held = new AtomicLong();
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int thread = 1; thread <= 4; thread++) {
      long bytes = thread * 2048L;
      tasks.add(
          new FutureTask<>(
              () -> {
                for (int i = 0; i < 500; i++) {
                  budget.within(
                      bytes,
                      () -> {
                        assertTrue(held.addAndGet(bytes) <= limit);
                        return held.addAndGet(-bytes);
                      });
                }
                return null;
              }));
    }
    tasks.forEach(task -> Thread.ofPlatform().start(task));
    for (FutureTask<Void> task : tasks) {
      task.get(60, TimeUnit.SECONDS);
    }
    assertEquals(0, held.get());
  }

  @Test
  void whatIsLargerThanTheBoundRunsAlone() {
    assertEquals("done", new DecodeBudget(2048).within(Long.MAX_VALUE, () -> "done"));
    assertEquals("done", new DecodeBudget(1).within(0, () -> "done"));
  }

  @Test
  void aFailureGivesTheRoomBack() {
    DecodeBudget budget = new DecodeBudget(2048);
    assertThrows(
        IllegalStateException.class,
        () ->
            budget.within(
                2048,
                () -> {
                  throw new IllegalStateException();
                }));
    assertEquals("done", budget.within(2048, () -> "done"));
  }
}
