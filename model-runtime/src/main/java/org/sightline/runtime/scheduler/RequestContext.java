package org.sightline.runtime.scheduler;

import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.Purpose;

/** What a job knows of the request it belongs to. */
public interface RequestContext {

  Purpose purpose();

  Deadline deadline();

  /** Whether the request has been answered, so that work for it is wasted. */
  boolean done();
}
