package org.sightline.runtime.batch;

import java.util.List;
import java.util.function.Supplier;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.scheduler.RequestContext;

/** An image that becomes captions. */
public final class CaptionJob extends Job<List<Caption>> {
  private final Supplier<CaptionPlan> plan;
  private final ImageFeatures image;
  private final long seed;

  /**
   * @param plan tokenizes the prompt, or fails with what is wrong with it
   * @param seed of what is drawn at random, where the request names none
   */
  public CaptionJob(
      RequestContext request,
      Admission.Permit permit,
      Supplier<CaptionPlan> plan,
      ImageFeatures image,
      long seed) {
    super(request, permit);
    this.plan = plan;
    this.image = image;
    this.seed = seed;
  }

  @Override
  public boolean prepare() {
    costs(plan.get().tokens());
    return true; // the image has its tokens
  }

  public CaptionPlan plan() {
    return plan.get();
  }

  public ImageFeatures.Tokens tokens() {
    return image.tokens();
  }

  public long seed() {
    return seed;
  }
}
