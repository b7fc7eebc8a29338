package org.sightline.runtime.scheduler;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;

/**
 * What one request holds: queue slots, work, heap and the lease of a model. First every input is
 * planned, then {@link #admit} reserves all slots or none. Heap and lease are given back when the
 * request is answered and the last of its jobs has ended. Thread-safe once admitted.
 */
public final class Admission implements AutoCloseable {
  private final Purpose purpose;
  private final HeapAccount heap;
  private final List<Runnable> releases = new ArrayList<>();
  private final List<Permit> permits = new ArrayList<>();

  /** The request, until it is answered, and its permits. */
  private final AtomicInteger open = new AtomicInteger(1);

  private volatile long bytes;

  /**
   * @param lease gives the lease of the model back; runs once
   */
  public Admission(Purpose purpose, HeapAccount heap, Runnable lease) {
    this.purpose = purpose;
    this.heap = heap;
    releases.add(lease);
  }

  public Purpose purpose() {
    return purpose;
  }

  /**
   * Takes heap for the request.
   *
   * @throws InferenceException of kind {@code OVERLOADED} when there is not enough
   */
  public void takeHeap(long more) {
    heap.take(more);
    bytes += more;
  }

  /** Adds what is given back when the request has ended. */
  public void atEnd(Runnable release) {
    releases.add(release);
  }

  /**
   * Plans an input of a queue.
   *
   * @param work its estimated work, in the unit of the queue
   */
  public Permit plan(BatchQueue<?> queue, long work) {
    Permit permit = new Permit(queue, work);
    permits.add(permit);
    return permit;
  }

  /**
   * Reserves the slots and the work of all planned inputs, or none.
   *
   * @throws InferenceException of kind {@code OVERLOADED} naming the queue that is full
   */
  public void admit() {
    if (permits.isEmpty()) {
      return;
    }
    Map<BatchQueue<?>, Cost> costs = new LinkedHashMap<>();
    permits.forEach(permit -> costs.merge(permit.queue, new Cost(1, permit.work), Cost::plus));
    synchronized (permits.getFirst().queue.scheduler()) {
      Map<BatchQueue<?>, Cost> taken = new LinkedHashMap<>();
      try {
        costs.forEach(
            (queue, cost) -> {
              queue.backlog().take(purpose, cost);
              taken.put(queue, cost);
            });
      } catch (InferenceException e) {
        taken.forEach((queue, cost) -> queue.backlog().giveBack(purpose, cost));
        permits.clear();
        throw e;
      }
      open.addAndGet(permits.size());
      permits.forEach(permit -> permit.state = Permit.State.FREE);
    }
  }

  /** The request is answered: closes all permits that no job has. */
  @Override
  public void close() {
    permits.forEach(Permit::closeUnlessUsed);
    end();
  }

  private void end() {
    if (open.decrementAndGet() == 0) {
      heap.add(-bytes);
      releases.forEach(Runnable::run);
    }
  }

  /**
   * What one input holds: a slot and its work until it runs, and a share in what its request holds
   * until its job has ended. The job closes it; the request closes it where it gets no job.
   */
  public final class Permit implements AutoCloseable {
    private enum State {
      PLANNED,
      FREE,
      WAITING,
      RUNNING,
      CLOSED
    }

    private final BatchQueue<?> queue;

    /** Guarded by the scheduler's monitor, as the next one. */
    private long work;

    private State state = State.PLANNED;

    private Permit(BatchQueue<?> queue, long work) {
      this.queue = queue;
      this.work = work;
    }

    /** Charges less work from now on, never more. */
    void charge(long known) {
      synchronized (queue.scheduler()) {
        if (state == State.WAITING && known < work) {
          queue.backlog().giveBack(purpose, new Cost(0, work - known));
          work = known;
        }
      }
    }

    /** Gives the permit to a job; false where it is closed. The caller holds the monitor. */
    boolean use() {
      boolean free = state == State.FREE;
      state = free ? State.WAITING : state;
      return free;
    }

    /** Gives the slot back, because the input waits no more. The caller holds the monitor. */
    void runs() {
      if (state == State.FREE || state == State.WAITING) {
        queue.backlog().giveBack(purpose, new Cost(1, work));
        state = State.RUNNING;
      }
    }

    private void closeUnlessUsed() {
      boolean unused;
      synchronized (queue.scheduler()) {
        unused = state == State.FREE;
      }
      if (unused) {
        close();
      }
    }

    @Override
    public void close() {
      synchronized (queue.scheduler()) {
        if (state == State.PLANNED || state == State.CLOSED) {
          return;
        }
        runs();
        state = State.CLOSED;
      }
      end();
    }
  }

  /**
   * Number of inputs and their estimated work.
   *
   * @param work in the unit of the queue
   */
  record Cost(int inputs, long work) {
    static final Cost NONE = new Cost(0, 0);

    Cost plus(Cost other) {
      return new Cost(inputs + other.inputs, work + other.work);
    }

    Cost minus(Cost other) {
      return new Cost(inputs - other.inputs, work - other.work);
    }
  }
}
