package org.sightline.runtime.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.sightline.runtime.inference.Purpose;

/**
 * Jobs in the order in which they go on: earlier purposes first, and of one purpose earlier
 * arrivals. Every eighth turn belongs to the purpose of the job that came first of all, so that
 * each job goes on some day, however many of earlier purposes keep coming. Not thread-safe.
 */
final class FairOrder<J extends Job<?>> {
  /** One turn of so many is by arrival alone. */
  static final int BY_ARRIVAL = 8;

  private final List<PriorityQueue<J>> byPurpose = new ArrayList<>();
  private int turns;

  FairOrder() {
    for (int i = 0; i < Purpose.values().length; i++) {
      byPurpose.add(new PriorityQueue<>(Comparator.comparingLong(Job::sequence)));
    }
  }

  void add(J job) {
    byPurpose.get(job.purpose().ordinal()).add(job);
  }

  void addAll(Collection<J> jobs) {
    jobs.forEach(this::add);
  }

  int size() {
    int size = 0;
    for (PriorityQueue<J> jobs : byPurpose) {
      size += jobs.size();
    }
    return size;
  }

  boolean isEmpty() {
    return size() == 0;
  }

  /** Whose turn it is now; null when there are none. Asking uses the turn up. */
  Purpose turn() {
    if (isEmpty()) {
      return null;
    }
    turns = (turns + 1) % BY_ARRIVAL;
    Purpose chosen = null;
    for (Purpose purpose : Purpose.values()) {
      J job = peek(purpose);
      if (job == null) {
        continue;
      }
      if (chosen == null || turns == 0 && job.sequence() < peek(chosen).sequence()) {
        chosen = purpose;
      }
    }
    return chosen;
  }

  private J peek(Purpose purpose) {
    return byPurpose.get(purpose.ordinal()).peek();
  }

  /** The first one of a purpose, or null. */
  J poll(Purpose purpose) {
    return byPurpose.get(purpose.ordinal()).poll();
  }

  /** The first one of the earliest purpose, or null. */
  J poll() {
    for (PriorityQueue<J> jobs : byPurpose) {
      if (!jobs.isEmpty()) {
        return jobs.poll();
      }
    }
    return null;
  }

  /** Takes out those that meet a condition. */
  List<J> takeIf(Predicate<J> condition) {
    List<J> taken = new ArrayList<>();
    for (PriorityQueue<J> jobs : byPurpose) {
      jobs.removeIf(job -> condition.test(job) && taken.add(job));
    }
    return taken;
  }

  /** Takes all out. */
  List<J> drain() {
    List<J> all = new ArrayList<>();
    for (PriorityQueue<J> jobs : byPurpose) {
      all.addAll(jobs);
      jobs.clear();
    }
    return all;
  }
}
