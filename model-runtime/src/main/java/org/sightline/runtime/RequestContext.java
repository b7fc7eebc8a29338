package org.sightline.runtime;

import org.sightline.inference.Deadline;
import org.sightline.inference.Purpose;

/** What a job knows of the request it belongs to. */
interface RequestContext {

  Purpose purpose();

  Deadline deadline();

  /** Whether the request has been answered, so that work for it is wasted. */
  boolean done();
}
