package org.sightline.runtime.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/**
 * Collects the outcomes of a request's inputs and answers once: when all are there, or when the
 * request as a whole cannot be served. Thread-safe.
 */
public final class Outcomes<T> implements RequestContext {
  private final Admission admission;
  private final Deadline deadline;
  private final AtomicReferenceArray<Outcome<T>> slots;
  private final AtomicInteger missing;
  private final AtomicBoolean answered = new AtomicBoolean();
  private final CompletableFuture<List<Outcome<T>>> all = new CompletableFuture<>();

  /**
   * @param admission of the request; closed once, before the request is answered
   */
  public Outcomes(int size, Admission admission, Deadline deadline) {
    this.admission = admission;
    this.deadline = deadline;
    this.slots = new AtomicReferenceArray<>(size);
    this.missing = new AtomicInteger(size);
  }

  /** What the request holds. */
  public Admission admission() {
    return admission;
  }

  @Override
  public Purpose purpose() {
    return admission.purpose();
  }

  @Override
  public Deadline deadline() {
    return deadline;
  }

  @Override
  public boolean done() {
    return answered.get();
  }

  /** Completes with one outcome for each input, in their order. */
  public CompletionStage<List<Outcome<T>>> all() {
    return all;
  }

  /**
   * Makes the outcomes of all inputs, in order.
   *
   * @param inputs each begins the work on an input; called once
   * @param width how many inputs are under way at the same time
   */
  public void fill(List<? extends Supplier<? extends CompletionStage<T>>> inputs, int width) {
    new BoundedFanOut(
            inputs.size(),
            index ->
                inputs.get(index).get().whenComplete((value, error) -> set(index, value, error)))
        .open(width);
  }

  /** Sets the outcome of an input, unless it has one already. */
  void set(int index, T value, Throwable error) {
    if (error == null) {
      set(index, Outcome.success(value));
      return;
    }
    InferenceException failure = InferenceException.of(error);
    switch (failure.kind()) {
      // true of all inputs of the request: nobody waits, or there is no room
      case DEADLINE_EXCEEDED, CANCELLED, OVERLOADED, MODEL_UNAVAILABLE -> abort(failure);
      default -> set(index, Outcome.failure(failure));
    }
  }

  /** Answers that the request cannot be served, unless it is answered already. */
  public void abort(InferenceException error) {
    if (answered.compareAndSet(false, true)) {
      admission.close();
      all.completeExceptionally(error);
    }
  }

  private void set(int index, Outcome<T> outcome) {
    if (slots.compareAndSet(index, null, outcome)
        && missing.decrementAndGet() == 0
        && answered.compareAndSet(false, true)) {
      admission.close();
      all.complete(list());
    }
  }

  private List<Outcome<T>> list() {
    List<Outcome<T>> outcomes = new ArrayList<>(slots.length());
    for (int i = 0; i < slots.length(); i++) {
      outcomes.add(slots.get(i));
    }
    return outcomes;
  }
}
