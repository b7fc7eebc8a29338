package org.sightline.runtime.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.stats.RuntimeMetrics;

/**
 * The queue in front of one graph of one model. Jobs of all requests wait here until the {@link
 * Scheduler} has a thread for them. They are prepared one by one, and run in batches made of
 * whatever is ready when a run begins. A bulk run begins when its batch is full or no further bulk
 * job can be prepared, because small batches take more time for each input; searches and reranks
 * are not delayed to make a batch larger. A batch is made of the jobs nearest in length to its
 * first one. A batch of a search or a rerank has no bulk jobs in it, because they would make it
 * slower.
 *
 * <p>Two bounds: admitted inputs that do not run yet, measured in inputs and in their work, for
 * each purpose ({@link Backlog}); and inputs that are prepared or running, which hold heap. Jobs
 * that nobody waits for are dropped before each step. Jobs that would begin too late are refused
 * while their caller still waits.
 *
 * <p>Thread-safe. Every submitted job is completed exactly once, unless the heap is exhausted while
 * a thread works on it: an {@link OutOfMemoryError} ends that thread. The queue goes on with the
 * other jobs even then. The scheduler's monitor guards all fields; it is not held while a job is
 * prepared, run or completed.
 */
public final class BatchQueue<J extends Job<?>> {

  /**
   * Sizes of a queue.
   *
   * @param waiting bounds of waiting inputs, for each purpose
   * @param prepared largest number of inputs that are prepared or running; three quarters of them
   *     may be bulk inputs
   * @param batch largest number of inputs of one run
   * @param runs largest number of concurrent runs
   * @param spare further runs for searches and reranks while all runs are bulk runs; 0 where the
   *     graph runs on a device of its own, not on processors
   */
  public record Bounds(QueueLimits.Bound waiting, int prepared, int batch, int runs, int spare) {}

  /** A batch is chosen from so many batches' worth of ready jobs. */
  private static final int CHOICE = 4;

  /** Time that an answer takes back to its caller. */
  private static final long WAY_BACK_NANOS = Duration.ofMillis(100).toNanos();

  private final String name;
  private final Role role;
  private final Bounds bounds;
  private final Scheduler scheduler;
  private final Consumer<List<J>> runner;
  private final RuntimeMetrics metrics;
  private final Backlog backlog;

  private final FairOrder<J> waiting = new FairOrder<>();
  private final FairOrder<J> ready = new FairOrder<>();
  private final Lane.Source toPrepare = new ToPrepare();
  private final Lane.Source toRun = new ToRun();

  /** Inputs that are being prepared, ready, or in a run; and how many of them are bulk inputs. */
  private int inside;

  private int bulkInside;
  private int running;
  private int bulkRunning;

  /** Moving average of the time that a batch takes; each new batch counts a quarter. */
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
      Scheduler scheduler,
      Consumer<List<J>> runner,
      RuntimeMetrics metrics) {
    this.name = name;
    this.role = role;
    this.bounds = bounds;
    this.backlog = new Backlog(name, role, bounds.waiting());
    this.scheduler = scheduler;
    this.runner = runner;
    this.metrics = metrics;
  }

  public Role role() {
    return role;
  }

  /** Largest number of inputs of one run. */
  public int largestBatch() {
    return bounds.batch();
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Backlog backlog() {
    return backlog;
  }

  /** Waiting inputs of all purposes, and the bounds of each purpose. */
  public RuntimeMetrics.QueueDepth depth() {
    synchronized (scheduler) {
      return backlog.depth();
    }
  }

  /** Queues a job that has a permit of this queue. */
  public void submit(J job) {
    boolean admitted;
    synchronized (scheduler) {
      admitted = job.permit().use();
      job.enters(scheduler.nextSequence(), () -> requeue(job));
    }
    if (admitted) {
      requeue(job);
    } else {
      job.fail(
          new InferenceException(Kind.DEADLINE_EXCEEDED, "nobody waits for this request any more"));
    }
  }

  private void requeue(J job) {
    synchronized (scheduler) {
      job.waits();
      waiting.add(job);
      scheduler.preparing().add(toPrepare);
    }
    scheduler.wake();
  }

  /** Jobs that wait for their preparation. */
  private final class ToPrepare implements Lane.Source {
    @Override
    public boolean onProcessors() {
      return true;
    }

    @Override
    public Job<?> head(Purpose purpose) {
      return room(Lane.isBulk(purpose)) > 0 ? waiting.peek(purpose) : null;
    }

    @Override
    public int startable(boolean bulk) {
      return Math.min(room(bulk), waiting.size(bulk));
    }

    @Override
    public Runnable take(Purpose purpose) {
      J job = waiting.poll(purpose);
      job.goesOn();
      count(job, 1);
      return () -> prepare(job);
    }

    @Override
    public boolean isEmpty() {
      return waiting.isEmpty();
    }

    @Override
    public Runnable refuse(String pool) {
      List<J> refused = waiting.takeIf(job -> true);
      return () -> refused.forEach(job -> job.fail(overloaded(pool)));
    }
  }

  /** Inputs that may be prepared now, beside those that are prepared or running. */
  private int room(boolean bulk) {
    int room = bounds.prepared() - inside;
    int bulkRoom = Math.max(1, bounds.prepared() * 3 / 4) - bulkInside;
    return Math.max(0, bulk ? Math.min(room, bulkRoom) : room);
  }

  /** Whether a run waits for further jobs: bulk jobs that can still be prepared. */
  private boolean moreComes(boolean bulk) {
    return bulk && toPrepare.startable(true) > 0;
  }

  /** Jobs that wait for a run. */
  private final class ToRun implements Lane.Source {
    @Override
    public boolean onProcessors() {
      return bounds.spare() > 0;
    }

    @Override
    public Job<?> head(Purpose purpose) {
      return startable(Lane.isBulk(purpose)) > 0 ? ready.peek(purpose) : null;
    }

    @Override
    public int startable(boolean bulk) {
      int batches = moreComes(bulk) ? ready.size(bulk) / bounds.batch() : ready.size(bulk);
      return Math.min(freeRuns(bulk), batches);
    }

    private int freeRuns(boolean bulk) {
      boolean spare = !bulk && running == bulkRunning;
      return Math.max(0, bounds.runs() + (spare ? bounds.spare() : 0) - running);
    }

    @Override
    public Runnable take(Purpose purpose) {
      List<J> dropped = new ArrayList<>();
      List<J> batch = nextBatch(purpose, dropped);
      List<J> late = batch.isEmpty() ? List.of() : leftTooLate();
      boolean bulk = Lane.isBulk(purpose);
      running++;
      bulkRunning += bulk ? 1 : 0;
      batch.forEach(job -> job.permit().runs());
      return () -> {
        try {
          late.forEach(job -> job.fail(tooLate(job)));
          dropped.forEach(job -> job.fail(job.dropReason()));
          run(batch);
        } finally {
          synchronized (scheduler) {
            running--;
            bulkRunning -= bulk ? 1 : 0;
            batch.forEach(job -> count(job, -1));
          }
        }
      };
    }

    @Override
    public boolean isEmpty() {
      return ready.isEmpty();
    }

    @Override
    public Runnable refuse(String pool) {
      List<J> refused = ready.takeIf(job -> true);
      refused.forEach(job -> count(job, -1));
      return () -> refused.forEach(job -> job.fail(overloaded(pool)));
    }
  }

  private void count(J job, int change) {
    inside += change;
    bulkInside += Lane.isBulk(job.purpose()) ? change : 0;
  }

  private void prepare(J job) {
    InferenceException error = null;
    boolean prepared = false;
    try {
      error = job.dropReason();
      prepared = error == null && job.prepare();
    } catch (InferenceException e) {
      error = e;
    } catch (OutOfMemoryError e) {
      throw e; // ends the process where its owner wants that, and is no answer
    } catch (RuntimeException | Error e) {
      error = InferenceException.failed("preparing the input failed", e);
    } finally {
      synchronized (scheduler) {
        if (prepared && !job.result().isDone()) {
          job.waits();
          ready.add(job);
          scheduler.running().add(toRun);
        } else {
          count(job, -1);
        }
      }
    }
    if (error != null) {
      job.fail(error);
    }
  }

  /** Takes the next batch out of the ready jobs, and those jobs that nobody waits for. */
  private List<J> nextBatch(Purpose purpose, List<J> dropped) {
    int share = Math.clamp((ready.size() + bounds.runs() - 1) / bounds.runs(), 1, bounds.batch());
    int size = moreComes(Lane.isBulk(purpose)) ? bounds.batch() : share;
    List<J> batch = new ArrayList<>();
    for (J job = ready.poll(purpose); job != null; job = ready.poll(purpose)) {
      (job.dropReason() == null ? batch : dropped).add(job);
      if (batch.size() == CHOICE * size) {
        break;
      }
    }
    batch = alike(batch, size);
    while (batch.size() < size) {
      J job = ready.poll(Lane.isBulk(purpose));
      if (job == null) {
        break;
      }
      (job.dropReason() == null ? batch : dropped).add(job);
    }
    dropped.forEach(job -> count(job, -1));
    return batch;
  }

  /** Jobs whose deadline passes before the next batch can begin. */
  private List<J> leftTooLate() {
    long next = batchNanos + WAY_BACK_NANOS;
    List<J> late = ready.takeIf(job -> job.isTooLateIn(next));
    late.forEach(job -> count(job, -1));
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
   * Chooses the first job and those nearest to it in length, because all texts of a batch are
   * padded to the longest; puts the others back.
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

  private void run(List<J> batch) {
    if (batch.isEmpty()) {
      return;
    }
    for (J job : batch) {
      job.goesOn();
      metrics.waited(role, job.waitedNanos());
    }
    metrics.batches(role).record(batch.size());
    long start = System.nanoTime();
    try {
      runner.accept(batch);
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (RuntimeException | Error e) {
      InferenceException error =
          e instanceof InferenceException known
              ? known
              : InferenceException.failed("inference failed", e);
      batch.forEach(job -> job.fail(error));
    } finally {
      long nanos = System.nanoTime() - start;
      synchronized (scheduler) {
        batchNanos = batchNanos == 0 ? nanos : batchNanos + (nanos - batchNanos) / 4;
      }
    }
  }

  private InferenceException overloaded(String pool) {
    return new InferenceException(
        Kind.OVERLOADED, "the pool for " + pool + " is full, model [" + name + "]");
  }
}
