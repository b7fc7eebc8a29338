package org.sightline.runtime.scheduler;

import java.util.concurrent.CompletableFuture;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Purpose;

/**
 * One input on its way through a queue: prepared on one pool, run in a batch on another, completed
 * once.
 *
 * @param <T> what it becomes
 */
public abstract class Job<T> {
  private final RequestContext request;
  private final CompletableFuture<T> result = new CompletableFuture<>();
  private long work;
  private long sequence;
  private long waitingSince;
  private long waitedNanos;

  /**
   * @param work what is charged for it while it waits, in the unit of its queue
   */
  public Job(RequestContext request, long work) {
    this.request = request;
    this.work = work;
  }

  /**
   * Work that needs no session: decoding, tokenizing. May complete the job, which ends it, and may
   * find that it costs less than was thought.
   */
  public abstract void prepare();

  /** What is charged for it while it waits, in the unit of its queue. */
  public long work() {
    return work;
  }

  /** Charges less from now on, never more. */
  public void costs(long known) {
    work = Math.min(work, known);
  }

  /** Tokens of a text that is padded in its batch; 0 where nothing is. Valid when prepared. */
  public int length() {
    return 0;
  }

  /** Completes when the job has been run, has failed, or was dropped. */
  public CompletableFuture<T> result() {
    return result;
  }

  public void succeed(T value) {
    result.complete(value);
  }

  public void fail(InferenceException error) {
    result.completeExceptionally(error);
  }

  public Purpose purpose() {
    return request.purpose();
  }

  /** The reason not to spend work on this job, or null. */
  public InferenceException dropReason() {
    if (request.done()) {
      return new InferenceException(
          InferenceException.Kind.DEADLINE_EXCEEDED, "nobody waits for this request any more");
    }
    Deadline deadline = request.deadline();
    if (deadline.abandoned()) {
      return new InferenceException(
          InferenceException.Kind.CANCELLED, "the request was cancelled before inference began");
    }
    if (deadline.expired()) {
      return new InferenceException(
          InferenceException.Kind.DEADLINE_EXCEEDED,
          "the deadline passed before inference began, "
              + -deadline.remaining().toMillis()
              + " ms ago");
    }
    return null;
  }

  /** Whether so much later would be too late to begin. */
  public boolean isTooLateIn(long nanos) {
    return request.deadline().remaining().toNanos() < nanos;
  }

  public long sequence() {
    return sequence;
  }

  public void sequence(long value) {
    sequence = value;
  }

  /** Begins to wait, for its preparation or for its batch. */
  public void waits() {
    waitingSince = System.nanoTime();
  }

  public void goesOn() {
    waitedNanos += System.nanoTime() - waitingSince;
  }

  /** How long it waited, for its preparation and for its batch. */
  public long waitedNanos() {
    return waitedNanos;
  }
}
