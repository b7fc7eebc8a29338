package org.sightline.runtime.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RefCountedTest {

  private static final class Thing extends RefCounted {
    final AtomicInteger releases = new AtomicInteger();

    @Override
    protected void release() {
      releases.incrementAndGet();
    }

    @Override
    public String toString() {
      return "Thing";
    }
  }

  @Test
  void isReleasedWithTheLastReference() {
    Thing thing = new Thing();
    assertTrue(thing.tryIncRef());
    thing.decRef();
    assertEquals(0, thing.releases.get());
    thing.decRef();
    assertEquals(1, thing.releases.get());
    assertFalse(thing.tryIncRef());
    assertEquals(1, thing.releases.get());
  }

  @Test
  void refusesToBeGivenBackTwice() {
    Thing thing = new Thing();
    thing.decRef();
    IllegalStateException e = assertThrows(IllegalStateException.class, thing::decRef);
    assertEquals("more references given back than taken: Thing", e.getMessage());
    assertEquals(1, thing.releases.get());
  }

  /** Whoever got a reference never sees the thing released; it is released once. */
  @Test
  void survivesClosingWhileOthersAcquire() throws Exception {
    int users = 4;
    for (int round = 0; round < 500; round++) {
      Thing thing = new Thing();
      CyclicBarrier start = new CyclicBarrier(users + 1);
      List<FutureTask<Integer>> tasks = new ArrayList<>();
      for (int user = 0; user < users; user++) {
        tasks.add(
            new FutureTask<>(
                () -> {
                  start.await();
                  int acquired = 0;
                  while (acquired < 1000 && thing.tryIncRef()) {
                    assertEquals(0, thing.releases.get());
                    acquired++;
                    thing.decRef();
                  }
                  return acquired;
                }));
      }
      tasks.forEach(task -> Thread.ofPlatform().start(task));
      start.await();
      thing.decRef();
      for (FutureTask<Integer> task : tasks) {
        task.get(60, TimeUnit.SECONDS);
      }
      assertEquals(1, thing.releases.get());
      assertEquals(0, thing.references());
    }
  }
}
