package org.sightline.runtime.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.sightline.runtime.inference.Purpose;

/** Jobs by purpose, and for each purpose by arrival. Not thread-safe. */
final class FairOrder<J extends Job<?>> {
  private final List<PriorityQueue<J>> byPurpose = new ArrayList<>();

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
    return size(false) + size(true);
  }

  /** Number of bulk jobs, or of all other ones. */
  int size(boolean bulk) {
    int size = 0;
    for (Purpose purpose : Purpose.values()) {
      size += Lane.isBulk(purpose) == bulk ? byPurpose.get(purpose.ordinal()).size() : 0;
    }
    return size;
  }

  boolean isEmpty() {
    return size() == 0;
  }

  /** The first job of a purpose, or null. */
  J peek(Purpose purpose) {
    return byPurpose.get(purpose.ordinal()).peek();
  }

  /** Takes the first job of a purpose, or null. */
  J poll(Purpose purpose) {
    return byPurpose.get(purpose.ordinal()).poll();
  }

  /** Takes the first job of the most urgent purpose, bulk jobs or all other ones; or null. */
  J poll(boolean bulk) {
    for (Purpose purpose : Purpose.values()) {
      if (Lane.isBulk(purpose) == bulk && peek(purpose) != null) {
        return poll(purpose);
      }
    }
    return null;
  }

  /** Takes out the jobs that meet a condition. */
  List<J> takeIf(Predicate<J> condition) {
    List<J> taken = new ArrayList<>();
    for (PriorityQueue<J> jobs : byPurpose) {
      jobs.removeIf(job -> condition.test(job) && taken.add(job));
    }
    return taken;
  }
}
