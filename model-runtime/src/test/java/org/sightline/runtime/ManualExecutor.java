package org.sightline.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs tasks when the test says so; takes a bounded number. For one thread. */
final class ManualExecutor implements Executor {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private int capacity = Integer.MAX_VALUE;

  void capacity(int value) {
    capacity = value;
  }

  int waiting() {
    return tasks.size();
  }

  @Override
  public void execute(Runnable task) {
    if (tasks.size() >= capacity) {
      throw new RejectedExecutionException("full");
    }
    tasks.add(task);
  }

  boolean runOne() {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  void runAll() {
    while (runOne()) {
      // until none is left, also of those that the others add
    }
  }
}
