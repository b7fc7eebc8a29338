package org.sightline.runtime.scheduler;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * The one scheduler of a runtime: decides which job of which queue gets a thread next, over all
 * models and roles. It has two lanes: one prepares inputs (decoding, tokenizing, reading image
 * tokens from disk), the other one runs graphs. Both lanes are the same one where both pools are
 * the same one.
 *
 * <p>Its monitor guards the state of both lanes and of all queues. Nothing slow runs under it.
 */
public final class Scheduler {
  private final int processors;
  private final Lane preparing;
  private final Lane running;
  private long sequence;

  /**
   * Lanes as wide as their pools; a pool that is no {@link ThreadPoolExecutor} has a thread for
   * each processor.
   */
  public Scheduler(Executor prepare, Executor infer) {
    this(prepare, width(prepare), infer, width(infer), Runtime.getRuntime().availableProcessors());
  }

  Scheduler(Executor prepare, int prepareWidth, Executor infer, int inferWidth) {
    this(prepare, prepareWidth, infer, inferWidth, prepareWidth + inferWidth);
  }

  Scheduler(Executor prepare, int prepareWidth, Executor infer, int inferWidth, int processors) {
    this.processors = processors;
    preparing = new Lane(this, prepare, prepareWidth, "preparing inputs");
    running = infer == prepare ? preparing : new Lane(this, infer, inferWidth, "inference");
  }

  private static int width(Executor pool) {
    return pool instanceof ThreadPoolExecutor threads
        ? threads.getMaximumPoolSize()
        : Runtime.getRuntime().availableProcessors();
  }

  /** Threads that run graphs. */
  public int runningThreads() {
    return running.width();
  }

  /**
   * Bulk jobs that may begin in a lane as far as processors go: bulk jobs of both lanes together
   * take no more threads than there are processors, so that a search finds one at once. Runs come
   * before preparing, whose results wait for them. The caller holds the monitor.
   */
  int freeForBulk(Lane lane) {
    int free = processors - preparing.bulkOnProcessors();
    if (preparing == running) {
      return free;
    }
    free -= running.bulkOnProcessors();
    return Math.max(0, lane == preparing ? free - running.bulkStartable() : free);
  }

  Lane preparing() {
    return preparing;
  }

  Lane running() {
    return running;
  }

  /** Number of the next arrival; the caller holds the monitor. */
  long nextSequence() {
    return sequence++;
  }

  /**
   * Asks the pools for threads after jobs have arrived or have become ready. Preparing is first:
   * where its pool refuses, runs wait for nothing more.
   */
  void wake() {
    preparing.wake();
    running.wake();
  }

  /** Jobs that have a thread at this moment. */
  public int active() {
    synchronized (this) {
      return preparing == running ? preparing.active() : preparing.active() + running.active();
    }
  }
}
