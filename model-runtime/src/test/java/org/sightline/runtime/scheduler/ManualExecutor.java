package org.sightline.runtime.scheduler;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs tasks when the test says so; takes a bounded number. For one thread. */
public final class ManualExecutor implements Executor {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private int capacity = Integer.MAX_VALUE;

  public void capacity(int value) {
    capacity = value;
  }

  public int waiting() {
    return tasks.size();
  }

  @Override
  public void execute(Runnable task) {
    if (tasks.size() >= capacity) {
      throw new RejectedExecutionException("full");
    }
    tasks.add(task);
  }

  public boolean runOne() {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  public void runAll() {
    while (runOne()) {
      // until none is left, also of those that the others add
    }
  }
}
