package org.sightline.runtime.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.stats.RuntimeMetrics;

/**
 * The queue in front of one graph of one model. Jobs of all requests wait here, are prepared by a
 * few workers, and run in batches made of whatever is ready when the session is free, or of a run's
 * share of it where several may go on at the same time; nothing is delayed to make a batch larger.
 * Earlier purposes go first, then earlier arrivals, and now and then whoever came first of all
 * ({@link FairOrder}); where more are ready than a batch takes, the first one's batch is made of
 * those nearest to it in length.
 *
 * <p>Two bounds: what is admitted and does not run yet (room is reserved before jobs are made),
 * measured in inputs and in their work, of each purpose on its own ({@link Backlog}); and inputs
 * that are prepared or running, which hold heap. Jobs that nobody waits for are dropped before each
 * step; those that would begin too late are refused while somebody still hears it.
 *
 * <p>Thread-safe. Every job admitted is completed exactly once. The lock is never held while a job
 * is prepared, run or completed.
 */
public final class BatchQueue<J extends Job<?>> {

  /**
   * Sizes of a queue.
   *
   * @param waiting what of each purpose may
   * @param prepared inputs that are prepared or running
   * @param batch inputs of one run
   * @param runs that may go on at the same time
   * @param workers that prepare inputs
   */
  public record Bounds(QueueLimits.Bound waiting, int prepared, int batch, int runs, int workers) {}

  /** How many batches' worth of ready jobs a batch is chosen from. */
  private static final int CHOICE = 4;

  /** What an answer needs to reach whoever asked. */
  private static final long WAY_BACK_NANOS = Duration.ofMillis(100).toNanos();

  private final String name;
  private final Role role;
  private final Bounds bounds;
  private final Executor prepare;
  private final Executor infer;
  private final Consumer<List<J>> runner;
  private final RuntimeMetrics metrics;

  private final FairOrder<J> waiting = new FairOrder<>();
  private final FairOrder<J> ready = new FairOrder<>();
  private final Backlog backlog;
  private long sequence;
  private int preparing;
  private int workers;
  private int inBatches;

  /** Runs that are asked for or go on. */
  private int running;

  /** How long a batch takes: each new one counts a quarter. */
  private long batchNanos;

  /**
   * @param name of the model, for messages
   * @param runner completes every job of the list it is given; called by as many threads at the
   *     same time as there may be runs
   */
  public BatchQueue(
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
    this.backlog = new Backlog(name, role, bounds.waiting());
    this.prepare = prepare;
    this.infer = infer;
    this.runner = runner;
    this.metrics = metrics;
  }

  /**
   * Takes room for inputs, for all of them or none.
   *
   * @throws InferenceException of kind {@code OVERLOADED} when the queue has not so much left
   */
  synchronized void reserve(Purpose purpose, Amount amount) {
    backlog.take(purpose, amount);
  }

  /** Gives room back for which no job comes. */
  public synchronized void unreserve(Purpose purpose, Amount amount) {
    backlog.giveBack(purpose, amount);
  }

  /** The room of jobs that wait no more; the caller holds the lock. */
  private void release(List<J> jobs) {
    jobs.forEach(job -> backlog.giveBack(job.purpose(), new Amount(1, job.work())));
  }

  /** All that wait, and how many of each purpose may. */
  public synchronized RuntimeMetrics.QueueDepth depth() {
    return backlog.depth();
  }

  /** Admits a job for which room for its work has been reserved. */
  public void submit(J job) {
    synchronized (this) {
      job.sequence(sequence++);
      job.waits();
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
    return preparing + ready.size() + inBatches < bounds.prepared();
  }

  private void workerRejected() {
    List<J> lost = new ArrayList<>();
    synchronized (this) {
      workers--;
      if (workers == 0) {
        lost.addAll(waiting.drain());
        release(lost);
      }
    }
    lost.forEach(job -> job.fail(overloaded("preparing inputs")));
  }

  private void work() {
    for (J job = nextToPrepare(); job != null; job = nextToPrepare()) {
      startWorker();
      long charged = job.work();
      InferenceException error = prepare(job);
      synchronized (this) {
        preparing--;
        backlog.giveBack(job.purpose(), new Amount(0, charged - job.work()));
        if (error != null || job.result().isDone()) {
          release(List.of(job));
        } else {
          job.waits();
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
    J job = waiting.poll(waiting.turn());
    job.goesOn();
    return job;
  }

  private void startRunner() {
    synchronized (this) {
      if (running == bounds.runs() || ready.isEmpty()) {
        return;
      }
      running++;
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
    List<J> lost = List.of();
    synchronized (this) {
      running--;
      if (running == 0) {
        lost = ready.drain();
        release(lost);
      }
    }
    lost.forEach(job -> job.fail(overloaded("inference")));
    startWorker();
  }

  /** Runs one batch, then gives the thread back so that other models get their turn. */
  private void runBatches() {
    do {
      List<J> batch = nextBatch();
      startRunner();
      if (!batch.isEmpty()) {
        run(batch);
      }
      synchronized (this) {
        inBatches -= batch.size();
        if (ready.isEmpty()) {
          running--;
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
    List<J> late;
    synchronized (this) {
      int size = share();
      Purpose turn = ready.turn();
      J job = turn == null ? null : ready.poll(turn);
      while (job != null) {
        (job.dropReason() == null ? batch : dropped).add(job);
        job = batch.size() < CHOICE * size ? ready.poll(turn) : null;
      }
      batch = alike(batch, size);
      fillUp(batch, size, dropped);
      inBatches += batch.size();
      late = batch.isEmpty() ? List.of() : leftTooLate();
      release(batch);
      release(dropped);
      release(late);
    }
    late.forEach(job -> job.fail(tooLate(job)));
    for (J job : dropped) {
      InferenceException reason = job.dropReason();
      job.fail(reason);
    }
    return batch;
  }

  /**
   * Inputs of the next batch: a run's share of what is ready, so that all end at about one time.
   */
  private int share() {
    int runs = bounds.runs();
    return Math.clamp((ready.size() + runs - 1) / runs, 1, bounds.batch());
  }

  /** Jobs left behind by a batch whose deadline passes before the next one can begin. */
  private List<J> leftTooLate() {
    long next = batchNanos + WAY_BACK_NANOS;
    List<J> late = ready.takeIf(job -> job.isTooLateIn(next));
    late.addAll(waiting.takeIf(job -> job.isTooLateIn(next)));
    return late;
  }

  private InferenceException tooLate(J job) {
    job.goesOn();
    return new InferenceException(
        Kind.OVERLOADED,
        "the queue of ["
            + role.id()
            + "] of model ["
            + name
            + "] is too slow for the deadline of the request, which waited "
            + Duration.ofNanos(job.waitedNanos()).toMillis()
            + " ms");
  }

  /**
   * Of more jobs than a batch takes, the first one with those nearest to it in length, because all
   * texts of a batch are padded to the longest; the others go back.
   */
  private List<J> alike(List<J> jobs, int size) {
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

  /** Takes other purposes into what is left of a batch, earlier ones first. */
  private void fillUp(List<J> batch, int size, List<J> dropped) {
    while (batch.size() < size && !ready.isEmpty()) {
      J job = ready.poll();
      (job.dropReason() == null ? batch : dropped).add(job);
    }
  }

  private void run(List<J> batch) {
    for (J job : batch) {
      job.goesOn();
      metrics.waited(role, job.waitedNanos());
    }
    metrics.batches(role).record(batch.size());
    long start = System.nanoTime();
    try {
      runner.accept(batch);
    } catch (RuntimeException | LinkageError e) {
      InferenceException error =
          e instanceof InferenceException known
              ? known
              : new InferenceException(Kind.INTERNAL, "inference failed: " + e, e);
      batch.forEach(job -> job.fail(error));
    } finally {
      took(System.nanoTime() - start);
    }
  }

  private synchronized void took(long nanos) {
    batchNanos = batchNanos == 0 ? nanos : batchNanos + (nanos - batchNanos) / 4;
  }

  private InferenceException overloaded(String pool) {
    return new InferenceException(
        Kind.OVERLOADED, "the pool for " + pool + " is full, model [" + name + "]");
  }
}
