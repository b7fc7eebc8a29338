package org.sightline.runtime.scheduler;

import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.Purpose;

/** A request that can be given up. */
final class Caller implements RequestContext {
  final Purpose purpose;
  final Deadline deadline;
  volatile boolean done;

  Caller(Purpose purpose, Deadline deadline) {
    this.purpose = purpose;
    this.deadline = deadline;
  }

  @Override
  public Purpose purpose() {
    return purpose;
  }

  @Override
  public Deadline deadline() {
    return deadline;
  }

  @Override
  public boolean done() {
    return done;
  }
}
