package org.sightline.runtime.scheduler;

import java.util.concurrent.CompletableFuture;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Purpose;

/**
 * One input on its way through a queue: prepared on one pool, run in a batch on another, completed
 * once. It closes its permit when it is completed.
 *
 * @param <T> what it becomes
 */
public abstract class Job<T> {
  private final RequestContext request;
  private final Admission.Permit permit;
  private final CompletableFuture<T> result = new CompletableFuture<>();
  private long sequence;
  private Runnable again;
  private long waitingSince;
  private long waitedNanos;

  /**
   * @param permit of this input; closed when the job is completed
   */
  protected Job(RequestContext request, Admission.Permit permit) {
    this.request = request;
    this.permit = permit;
  }

  /**
   * Work that needs no session: decoding, tokenizing. May complete the job, which ends it.
   *
   * @return false where the job waits for heap; {@link #resume} is called when it has it
   */
  public abstract boolean prepare();

  /** Called once the job is completed, before its result is. */
  protected void ended() {}

  /** Charges less work while it waits, never more. */
  protected final void costs(long known) {
    permit.charge(known);
  }

  /** Tokens of a text that is padded in its batch; 0 where nothing is. Valid when prepared. */
  public int length() {
    return 0;
  }

  /** Completes when the job has been run, has failed, or was dropped. */
  public final CompletableFuture<T> result() {
    return result;
  }

  public final void succeed(T value) {
    end();
    result.complete(value);
  }

  public final void fail(InferenceException error) {
    end();
    result.completeExceptionally(error);
  }

  private void end() {
    ended();
    permit.close();
  }

  public final Purpose purpose() {
    return request.purpose();
  }

  /** The reason not to spend work on this job, or null. */
  public final InferenceException dropReason() {
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

  /** Whether the deadline passes within that time. */
  final boolean isTooLateIn(long nanos) {
    return request.deadline().remaining().toNanos() < nanos;
  }

  final Admission.Permit permit() {
    return permit;
  }

  final long sequence() {
    return sequence;
  }

  /**
   * Enters its queue.
   *
   * @param arrival its number among all arrivals
   * @param requeue puts it back into its queue
   */
  final void enters(long arrival, Runnable requeue) {
    sequence = arrival;
    again = requeue;
  }

  /** Puts a job that waited for heap back into its queue. */
  final void resume() {
    again.run();
  }

  /** Begins to wait, for its preparation or for its batch. */
  final void waits() {
    waitingSince = System.nanoTime();
  }

  final void goesOn() {
    waitedNanos += System.nanoTime() - waitingSince;
  }

  /** How long it waited, for its preparation and for its batch. */
  final long waitedNanos() {
    return waitedNanos;
  }
}
