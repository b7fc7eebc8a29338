package org.sightline.runtime.scheduler;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.sightline.runtime.inference.Purpose;

/**
 * The jobs of one pool. Each task of the pool takes the most urgent job of all sources when it gets
 * a thread, does it, and gives the thread back. The order is by purpose, then by arrival. Every
 * eighth job is taken by arrival alone, so that no job waits for ever.
 *
 * <p>Bulk work (ingest and captions) takes at most all threads but one, so that a search never
 * waits for a bulk job to end, and in both lanes together no more threads than there are
 * processors. A pool of one thread has no thread to spare.
 *
 * <p>The scheduler's monitor guards all fields.
 */
final class Lane {
  /** One of so many jobs is taken by arrival alone. */
  static final int BY_ARRIVAL = 8;

  /** Jobs of one queue that wait for this pool. Its methods are called under the monitor. */
  interface Source {
    /** First job of a purpose that may begin now, or null. */
    Job<?> head(Purpose purpose);

    /** Whether its jobs take a processor, and not a device of their own. */
    boolean onProcessors();

    /** Number of jobs that may begin now. */
    int startable(boolean bulk);

    /** Takes a job of a purpose that has a head; the result does it, without the monitor. */
    Runnable take(Purpose purpose);

    boolean isEmpty();

    /** Takes out all jobs that wait; the result fails them, without the monitor. */
    Runnable refuse(String pool);
  }

  private record Choice(Source source, Purpose purpose, long sequence) {
    boolean precedes(Choice other, boolean byArrival) {
      return byArrival || purpose == other.purpose
          ? sequence < other.sequence
          : purpose.ordinal() < other.purpose.ordinal();
    }
  }

  private final Scheduler scheduler;
  private final Executor executor;
  private final int width;
  private final String pool;
  private final Set<Source> sources = new LinkedHashSet<>();

  /** Tasks that the pool has, waiting for a thread or at work. */
  private int tasks;

  /** Tasks at work, and those of them with a bulk job. */
  private int active;

  private int bulkActive;
  private int bulkOnProcessors;
  private int turns;

  /**
   * @param width threads of the pool
   * @param pool name of the pool, for messages
   */
  Lane(Scheduler scheduler, Executor executor, int width, String pool) {
    this.scheduler = scheduler;
    this.executor = executor;
    this.width = width;
    this.pool = pool;
  }

  static boolean isBulk(Purpose purpose) {
    return purpose == Purpose.INGEST || purpose == Purpose.CAPTION;
  }

  int width() {
    return width;
  }

  int active() {
    return active;
  }

  /** Adds a source that has jobs; the caller holds the monitor and calls {@link #wake} later. */
  void add(Source source) {
    sources.add(source);
  }

  /**
   * Asks the pool for threads. Fails all waiting jobs where the pool takes no task and has none.
   */
  void wake() {
    if (start()) {
      return;
    }
    List<Runnable> refused = new ArrayList<>();
    synchronized (scheduler) {
      sources.forEach(source -> refused.add(source.refuse(pool)));
      sources.clear();
    }
    refused.forEach(Runnable::run);
  }

  /** Asks for a task for each job that may begin; false where the pool has and takes none. */
  private boolean start() {
    while (true) {
      synchronized (scheduler) {
        if (tasks >= width || startable() <= tasks - active) {
          return true;
        }
        tasks++;
      }
      try {
        executor.execute(this::work);
      } catch (RejectedExecutionException e) {
        synchronized (scheduler) {
          tasks--;
          return tasks > 0;
        }
      }
    }
  }

  private int startable() {
    int urgent = 0;
    int onProcessors = 0;
    int elsewhere = 0;
    for (Source source : sources) {
      urgent += source.startable(false);
      int bulk = source.startable(true);
      onProcessors += source.onProcessors() ? bulk : 0;
      elsewhere += source.onProcessors() ? 0 : bulk;
    }
    int bulk = Math.min(onProcessors, scheduler.freeForBulk(this)) + elsewhere;
    return urgent + Math.min(bulk, freeThreadsForBulk());
  }

  /** Bulk jobs at work that take a processor. */
  int bulkOnProcessors() {
    return bulkOnProcessors;
  }

  /** Bulk jobs that could begin if processors were free. */
  int bulkStartable() {
    int bulk = 0;
    for (Source source : sources) {
      bulk += source.onProcessors() ? source.startable(true) : 0;
    }
    return Math.min(bulk, freeThreadsForBulk());
  }

  private int freeThreadsForBulk() {
    return Math.max(1, width - 1) - bulkActive;
  }

  /** Bulk jobs of a source that may begin now. */
  private int freeForBulk(Source source) {
    int threads = freeThreadsForBulk();
    return source.onProcessors() ? Math.min(threads, scheduler.freeForBulk(this)) : threads;
  }

  private void countBulk(Choice choice, int change) {
    if (isBulk(choice.purpose())) {
      bulkActive += change;
      bulkOnProcessors += choice.source().onProcessors() ? change : 0;
    }
  }

  /** A task: one job. Only where the pool takes no further task it goes on with the next job. */
  private void work() {
    boolean goesOn = true;
    while (goesOn) {
      Choice choice;
      Runnable job;
      synchronized (scheduler) {
        choice = choose();
        if (choice == null) {
          tasks--;
          return;
        }
        job = choice.source().take(choice.purpose());
        active++;
        countBulk(choice, 1);
      }
      boolean ended = false;
      try {
        job.run();
        ended = true;
      } finally {
        synchronized (scheduler) {
          tasks--;
          active--;
          countBulk(choice, -1);
        }
        if (!ended) {
          scheduler.wake(); // an error ends this thread, and nothing else
        }
      }
      goesOn = !handOn();
    }
  }

  private boolean handOn() {
    Lane other = scheduler.running() == this ? scheduler.preparing() : scheduler.running();
    if (other != this) {
      other.wake();
    }
    if (start()) {
      return true;
    }
    synchronized (scheduler) {
      tasks++;
    }
    return false;
  }

  private Choice choose() {
    sources.removeIf(Source::isEmpty);
    boolean byArrival = (turns + 1) % BY_ARRIVAL == 0;
    Choice best = null;
    for (Source source : sources) {
      for (Purpose purpose : Purpose.values()) {
        Job<?> head = isBulk(purpose) && freeForBulk(source) <= 0 ? null : source.head(purpose);
        if (head != null) {
          Choice choice = new Choice(source, purpose, head.sequence());
          best = best == null || choice.precedes(best, byArrival) ? choice : best;
        }
      }
    }
    turns += best == null ? 0 : 1;
    return best;
  }
}
