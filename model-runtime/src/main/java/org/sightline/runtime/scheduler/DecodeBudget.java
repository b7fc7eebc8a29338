package org.sightline.runtime.scheduler;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;

/**
 * Bounds the heap that decoded images take at the same time in the process. A job that finds too
 * little free waits here and holds no thread. Waiting jobs get heap by purpose, then by arrival;
 * after eight jobs that overtook an older one, the oldest is next. What jobs hold is told to the
 * heap account, so that requests are refused before decoded images and they fill the heap.
 * Thread-safe.
 */
public final class DecodeBudget {
  private final long limit;
  private final HeapAccount heap;
  private final Map<Job<?>, Long> held = new IdentityHashMap<>();
  private final Map<Job<?>, Long> wanted = new IdentityHashMap<>();
  private final FairOrder<Job<?>> waiting = new FairOrder<>();
  private long free;
  private int overtaken;

  /**
   * @param bytes the bound
   * @param heap told of what is held
   */
  public DecodeBudget(long bytes, HeapAccount heap) {
    this.heap = heap;
    limit = Math.max(1, bytes);
    free = limit;
  }

  /**
   * Takes heap for a job, which gives it back. A job that was resumed has its heap already.
   *
   * @param bytes of one image; an image above the limit waits until it is alone
   * @return false where the job must wait; it is resumed when it has the heap
   */
  public synchronized boolean take(Job<?> job, long bytes) {
    if (held.containsKey(job)) {
      return true;
    }
    long needed = Math.clamp(bytes, 1, limit);
    Job<?> first = first();
    boolean overtakes =
        first != null
            && overtaken < Lane.BY_ARRIVAL
            && job.purpose().compareTo(first.purpose()) < 0;
    if (needed <= free && (first == null || overtakes)) {
      hold(job, needed);
      return true;
    }
    wanted.put(job, needed);
    waiting.add(job);
    return false;
  }

  /** Gives back what a job holds, if it holds anything, and resumes those that have heap now. */
  public void giveBack(Job<?> job) {
    List<Job<?>> resumed = new ArrayList<>();
    synchronized (this) {
      Long bytes = held.remove(job);
      if (bytes == null) {
        return;
      }
      free += bytes;
      heap.add(-bytes);
      resumed.addAll(waiting.takeIf(waits -> waits.dropReason() != null));
      resumed.forEach(wanted::remove);
      for (Job<?> next = first(); next != null && wanted.get(next) <= free; next = first()) {
        waiting.poll(next.purpose());
        hold(next, wanted.remove(next));
        resumed.add(next);
      }
    }
    resumed.forEach(Job::resume);
  }

  /** Bytes that decoded images hold at this moment. */
  public synchronized long heldBytes() {
    return limit - free;
  }

  private void hold(Job<?> job, long bytes) {
    held.put(job, bytes);
    free -= bytes;
    heap.add(bytes);
    Job<?> oldest = oldest();
    overtaken = oldest != null && oldest.sequence() < job.sequence() ? overtaken + 1 : 0;
  }

  /** The job that gets heap next: the most urgent one, or the oldest after some were overtaken. */
  private Job<?> first() {
    if (overtaken >= Lane.BY_ARRIVAL) {
      return oldest();
    }
    Job<?> urgent = null;
    for (Purpose purpose : Purpose.values()) {
      urgent = urgent == null ? waiting.peek(purpose) : urgent;
    }
    return urgent;
  }

  private Job<?> oldest() {
    Job<?> oldest = null;
    for (Purpose purpose : Purpose.values()) {
      Job<?> head = waiting.peek(purpose);
      if (head != null && (oldest == null || head.sequence() < oldest.sequence())) {
        oldest = head;
      }
    }
    return oldest;
  }
}
