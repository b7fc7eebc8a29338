package org.sightline.runtime.scheduler;

import java.util.Arrays;
import java.util.Locale;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.scheduler.Admission.Cost;
import org.sightline.runtime.stats.RuntimeMetrics.QueueDepth;

/**
 * Inputs that wait for one graph and their work, counted and bounded separately for each purpose,
 * so that a bulk request does not shut out searches. Guarded by the scheduler's monitor.
 */
final class Backlog {
  private final String model;
  private final Role role;
  private final QueueLimits.Bound bound;
  private final Cost[] taken = new Cost[Purpose.values().length];

  Backlog(String model, Role role, QueueLimits.Bound bound) {
    this.model = model;
    this.role = role;
    this.bound = bound;
    Arrays.fill(taken, Cost.NONE);
  }

  /**
   * Reserves slots and work. A request that finds no other input of its purpose is accepted
   * whatever it costs; otherwise a request above the bound would be refused for ever.
   *
   * @throws InferenceException of kind {@code OVERLOADED} when not enough is left
   */
  void take(Purpose purpose, Cost asked) {
    Cost waiting = taken[purpose.ordinal()];
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

  void giveBack(Purpose purpose, Cost amount) {
    taken[purpose.ordinal()] = taken[purpose.ordinal()].minus(amount);
  }

  /** Waiting inputs of all purposes, and the bounds of each purpose. */
  QueueDepth depth() {
    Cost all = Arrays.stream(taken).reduce(Cost.NONE, Cost::plus);
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
