package org.sightline.runtime.scheduler;

import java.util.Arrays;
import java.util.Locale;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.stats.RuntimeMetrics.QueueDepth;

/**
 * What waits in front of one graph, counted and bounded for each purpose on its own, so that a bulk
 * request does not shut out searches. Not thread-safe: its queue locks.
 */
final class Backlog {
  private final String model;
  private final Role role;
  private final QueueLimits.Bound bound;
  private final Amount[] taken = new Amount[Purpose.values().length];

  Backlog(String model, Role role, QueueLimits.Bound bound) {
    this.model = model;
    this.role = role;
    this.bound = bound;
    Arrays.fill(taken, Amount.NONE);
  }

  /**
   * Takes room, all of it or none. What meets no other of its purpose gets in whatever it costs:
   * else it never would, however often it came again.
   *
   * @throws InferenceException of kind {@code OVERLOADED} when not so much is left
   */
  void take(Purpose purpose, Amount asked) {
    Amount waiting = taken[purpose.ordinal()];
    if (waiting.inputs() > 0) {
      if (asked.work() > bound.work() - waiting.work()) {
        throw full(
            purpose,
            bound.unit().toString(),
            bound.setting(),
            new long[] {waiting.work(), bound.work(), asked.work()});
      }
      if (asked.inputs() > bound.inputs() - waiting.inputs()) {
        throw full(
            purpose,
            "inputs",
            QueueLimits.INPUTS,
            new long[] {waiting.inputs(), bound.inputs(), asked.inputs()});
      }
    }
    taken[purpose.ordinal()] = waiting.plus(asked);
  }

  void giveBack(Purpose purpose, Amount amount) {
    taken[purpose.ordinal()] = taken[purpose.ordinal()].minus(amount);
  }

  /** All that wait, and how many of each purpose may. */
  QueueDepth depth() {
    Amount all = Arrays.stream(taken).reduce(Amount.NONE, Amount::plus);
    return new QueueDepth(all.inputs(), bound.inputs(), all.work(), bound.work());
  }

  /**
   * @param counts waiting, allowed, asked for
   */
  private InferenceException full(Purpose purpose, String what, String setting, long[] counts) {
    return new InferenceException(
        Kind.OVERLOADED,
        "the queue of ["
            + role.id()
            + "] of model ["
            + model
            + "] is full: "
            + counts[0]
            + " "
            + what
            + " wait for ["
            + purpose.name().toLowerCase(Locale.ROOT)
            + "], allowed are "
            + counts[1]
            + " ["
            + setting
            + "], the request has "
            + counts[2]);
  }
}
