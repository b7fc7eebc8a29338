package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletionException;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;

/** A job that becomes its name. */
public final class Named extends Job<String> {
  final String name;
  final Runnable preparation;
  final int length;

  /** Where it was submitted. */
  BatchQueue<Named> queue;

  Named(Caller caller, Admission.Permit permit, String name, Runnable preparation, int length) {
    super(caller, permit);
    this.name = name;
    this.preparation = preparation;
    this.length = length;
  }

  /** Admits and submits a job of one unit of work. */
  static Named submit(BatchQueue<Named> queue, Caller caller, String name, Runnable preparation) {
    return submit(queue, caller, name, preparation, 0);
  }

  static Named submit(
      BatchQueue<Named> queue, Caller caller, String name, Runnable preparation, int length) {
    Admission admission = admission(caller.purpose);
    Admission.Permit permit = admission.plan(queue, 1);
    admission.admit();
    Named job = new Named(caller, permit, name, preparation, length);
    job.queue = queue;
    queue.submit(job);
    return job;
  }

  static Admission admission(Purpose purpose) {
    return new Admission(purpose, HeapAccount.NONE, () -> {});
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public boolean prepare() {
    preparation.run();
    return true;
  }

  public Kind failure() {
    CompletionException e = assertThrows(CompletionException.class, () -> result().join());
    return ((InferenceException) e.getCause()).kind();
  }
}
