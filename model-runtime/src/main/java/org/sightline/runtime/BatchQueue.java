package org.sightline.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.sightline.inference.InferenceException;
import org.sightline.inference.InferenceException.Kind;
import org.sightline.inference.Purpose;
import org.sightline.inference.Role;
import org.sightline.runtime.RuntimeStats.Stage;

/**
 * The queue in front of one graph of one model. Jobs of all requests wait here, are prepared by a
 * few workers, and run in batches made of whatever is ready when the session is free; nothing is
 * delayed to make a batch larger. Earlier purposes go first, then earlier arrivals; where more are
 * ready than a batch takes, the first one's batch is made of those nearest to it in length.
 *
 * <p>Two bounds: admitted inputs that do not run yet (places are reserved before jobs are made), of
 * each purpose on its own, so that a bulk request does not shut out searches; and inputs that are
 * prepared or running, which hold heap. Jobs that nobody waits for are dropped before each step.
 *
 * <p>Thread-safe. Every job admitted is completed exactly once. The lock is never held while a job
 * is prepared, run or completed.
 */
final class BatchQueue<J extends Job<?>> {

  /**
   * Sizes of a queue.
   *
   * @param waiting inputs of each purpose
   */
  record Bounds(int waiting, int prepared, int batch, int workers) {}

  private static final Comparator<Job<?>> ORDER =
      Comparator.<Job<?>>comparingInt(job -> job.purpose().ordinal())
          .thenComparingLong(Job::sequence);

  /** How many batches' worth of ready jobs a batch is chosen from. */
  private static final int CHOICE = 4;

  private final String name;
  private final Role role;
  private final Bounds bounds;
  private final Executor prepare;
  private final Executor infer;
  private final Consumer<List<J>> runner;
  private final RuntimeMetrics metrics;

  private final PriorityQueue<J> waiting = new PriorityQueue<>(ORDER);
  private final PriorityQueue<J> ready = new PriorityQueue<>(ORDER);
  private long sequence;

  /** Places taken by inputs that do not run yet, by purpose. */
  private final int[] reserved = new int[Purpose.values().length];

  private int preparing;
  private int workers;
  private int inBatch;
  private boolean runnerActive;

  /**
   * @param name of the model, for messages
   * @param runner completes every job of the list it is given; called by one thread at a time
   */
  BatchQueue(
      String name,
      Role role,
      Bounds bounds,
      Executor prepare,
      Executor infer,
      Consumer<List<J>> runner,
      RuntimeMetrics metrics) {
    this.name = name;
    this.role = role;
    this.bounds = bounds;
    this.prepare = prepare;
    this.infer = infer;
    this.runner = runner;
    this.metrics = metrics;
  }

  /**
   * Takes places for inputs, all of them or none.
   *
   * @throws InferenceException of kind {@code OVERLOADED} when the queue has not that many left
   */
  synchronized void reserve(Purpose purpose, int count) {
    int taken = reserved[purpose.ordinal()];
    if (count > bounds.waiting() - taken) {
      throw new InferenceException(
          Kind.OVERLOADED,
          "the queue of ["
              + role.id()
              + "] of model ["
              + name
              + "] is full: "
              + taken
              + " inputs wait for ["
              + purpose.name().toLowerCase(Locale.ROOT)
              + "], allowed are "
              + bounds.waiting()
              + ", the request has "
              + count);
    }
    reserved[purpose.ordinal()] += count;
  }

  /** Gives places back for which no job comes. */
  synchronized void unreserve(Purpose purpose, int count) {
    reserved[purpose.ordinal()] -= count;
  }

  /** The places of jobs that wait no more; the caller holds the lock. */
  private void release(List<J> jobs) {
    jobs.forEach(job -> reserved[job.purpose().ordinal()]--);
  }

  /** All that wait, and how many of each purpose may. */
  synchronized RuntimeMetrics.QueueDepth depth() {
    return new RuntimeMetrics.QueueDepth(IntStream.of(reserved).sum(), bounds.waiting());
  }

  /** Admits a job for which a place has been reserved. */
  void submit(J job) {
    synchronized (this) {
      job.sequence(sequence++);
      waiting.add(job);
    }
    startWorker();
  }

  private void startWorker() {
    synchronized (this) {
      boolean useful =
          workers < bounds.workers() && waiting.size() > workers - preparing && mayPrepare();
      if (!useful) {
        return;
      }
      workers++;
    }
    try {
      prepare.execute(this::work);
    } catch (RejectedExecutionException e) {
      workerRejected();
    }
  }

  private boolean mayPrepare() {
    return preparing + ready.size() + inBatch < bounds.prepared();
  }

  private void workerRejected() {
    List<J> lost = new ArrayList<>();
    synchronized (this) {
      workers--;
      if (workers == 0) {
        lost.addAll(waiting);
        waiting.clear();
        release(lost);
      }
    }
    lost.forEach(job -> job.fail(overloaded("preparing inputs")));
  }

  private void work() {
    for (J job = nextToPrepare(); job != null; job = nextToPrepare()) {
      startWorker();
      InferenceException error = prepare(job);
      synchronized (this) {
        preparing--;
        if (error != null || job.result().isDone()) {
          release(List.of(job));
        } else {
          job.ready();
          ready.add(job);
        }
      }
      if (error != null) {
        job.fail(error);
      }
      startRunner();
    }
  }

  private static InferenceException prepare(Job<?> job) {
    InferenceException drop = job.dropReason();
    if (drop != null) {
      return drop;
    }
    try {
      job.prepare();
      return null;
    } catch (InferenceException e) {
      return e;
    } catch (RuntimeException | LinkageError e) {
      return new InferenceException(Kind.INTERNAL, "preparing the input failed: " + e, e);
    }
  }

  private synchronized J nextToPrepare() {
    if (waiting.isEmpty() || !mayPrepare()) {
      workers--;
      return null;
    }
    preparing++;
    return waiting.poll();
  }

  private void startRunner() {
    synchronized (this) {
      if (runnerActive || ready.isEmpty()) {
        return;
      }
      runnerActive = true;
    }
    if (!handOver()) {
      runnerRejected();
    }
  }

  private boolean handOver() {
    try {
      infer.execute(this::runBatches);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void runnerRejected() {
    List<J> lost;
    synchronized (this) {
      runnerActive = false;
      lost = new ArrayList<>(ready);
      ready.clear();
      release(lost);
    }
    lost.forEach(job -> job.fail(overloaded("inference")));
    startWorker();
  }

  /** Runs one batch, then gives the thread back so that other models get their turn. */
  private void runBatches() {
    do {
      List<J> batch = nextBatch();
      if (!batch.isEmpty()) {
        run(batch);
      }
      synchronized (this) {
        inBatch = 0;
        if (ready.isEmpty()) {
          runnerActive = false;
        }
        if (!runnerActive) {
          break;
        }
      }
      startWorker();
    } while (!handOver());
    startWorker();
  }

  private List<J> nextBatch() {
    List<J> batch = new ArrayList<>(bounds.batch());
    List<J> dropped = new ArrayList<>();
    synchronized (this) {
      while (batch.size() < CHOICE * bounds.batch() && !ready.isEmpty()) {
        J job = ready.peek();
        if (!batch.isEmpty() && job.purpose() != batch.get(0).purpose()) {
          break;
        }
        ready.poll();
        (job.dropReason() == null ? batch : dropped).add(job);
      }
      batch = alike(batch);
      fillUp(batch, dropped);
      inBatch = batch.size();
      release(batch);
      release(dropped);
    }
    for (J job : dropped) {
      InferenceException reason = job.dropReason();
      job.fail(reason);
    }
    return batch;
  }

  /**
   * Of more jobs than a batch takes, the first one with those nearest to it in length, because all
   * texts of a batch are padded to the longest; the others go back.
   */
  private List<J> alike(List<J> jobs) {
    int size = bounds.batch();
    if (jobs.size() <= size) {
      return jobs;
    }
    List<J> sorted = new ArrayList<>(jobs);
    sorted.sort(Comparator.comparingInt(Job::length));
    int first = sorted.indexOf(jobs.get(0));
    int start = Math.clamp(first - size + 1, 0, sorted.size() - size);
    List<J> chosen = new ArrayList<>(sorted.subList(start, start + size));
    sorted.subList(start, start + size).clear();
    ready.addAll(sorted);
    return chosen;
  }

  /** Takes later purposes into what is left of a batch. */
  private void fillUp(List<J> batch, List<J> dropped) {
    while (batch.size() < bounds.batch() && !ready.isEmpty()) {
      J job = ready.poll();
      (job.dropReason() == null ? batch : dropped).add(job);
    }
  }

  private void run(List<J> batch) {
    long start = System.nanoTime();
    for (J job : batch) {
      metrics.stage(Stage.QUEUE).record(start - job.readyNanos());
    }
    metrics.batches(role).record(batch.size());
    try {
      runner.accept(batch);
    } catch (RuntimeException | LinkageError e) {
      InferenceException error =
          e instanceof InferenceException known
              ? known
              : new InferenceException(Kind.INTERNAL, "inference failed: " + e, e);
      batch.forEach(job -> job.fail(error));
    }
  }

  private InferenceException overloaded(String pool) {
    return new InferenceException(
        Kind.OVERLOADED, "the pool for " + pool + " is full, model [" + name + "]");
  }
}
