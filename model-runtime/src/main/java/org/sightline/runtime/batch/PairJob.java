package org.sightline.runtime.batch;

import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.scheduler.RequestContext;
import org.sightline.runtime.stats.MatchTrace;

/** A text and an image that become a match score. */
public final class PairJob extends Job<MatchScore> {
  private final MatchText text;
  private final ImageFeatures image;
  private final MatchTrace trace;
  private final long made = System.nanoTime();

  public PairJob(
      RequestContext request,
      Admission.Permit permit,
      MatchText text,
      ImageFeatures image,
      MatchTrace trace) {
    super(request, permit);
    this.text = text;
    this.image = image;
    this.trace = trace;
  }

  @Override
  public boolean prepare() {
    text.tokens(); // tokenizes, unless another pair of the text did
    return true;
  }

  @Override
  public int length() {
    return text.tokens();
  }

  /** Called when the batch of this job begins to run. */
  public void started() {
    trace.waited(System.nanoTime() - made);
  }

  public MatchText text() {
    return text;
  }

  public ImageFeatures image() {
    return image;
  }
}
