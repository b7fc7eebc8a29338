package org.sightline.runtime.batch;

import java.util.List;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.scheduler.RequestContext;

/** An image that becomes captions. */
public final class CaptionJob extends Job<List<Caption>> {
  private final CaptionPlan plan;
  private final ImageFeatures image;
  private final long seed;

  /**
   * @param seed of what is drawn at random, where the request names none
   */
  public CaptionJob(
      RequestContext request,
      Admission.Permit permit,
      CaptionPlan plan,
      ImageFeatures image,
      long seed) {
    super(request, permit);
    this.plan = plan;
    this.image = image;
    this.seed = seed;
  }

  @Override
  public boolean prepare() {
    return true; // the prompt is tokenized with the request, the image has its tokens
  }

  public CaptionPlan plan() {
    return plan;
  }

  public ImageFeatures.Tokens tokens() {
    return image.tokens();
  }

  public long seed() {
    return seed;
  }
}
