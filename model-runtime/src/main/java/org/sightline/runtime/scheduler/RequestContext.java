package org.sightline.runtime.scheduler;

import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.Purpose;

/** The request of a job, as the job sees it. */
public interface RequestContext {

  Purpose purpose();

  Deadline deadline();

  /** Whether the request has been answered, so that work for it is wasted. */
  boolean done();
}
