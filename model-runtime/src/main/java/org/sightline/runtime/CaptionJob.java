package org.sightline.runtime;

import java.util.List;
import org.sightline.features.ImageFeatures;
import org.sightline.inference.Caption;

/** An image that becomes captions. */
final class CaptionJob extends Job<List<Caption>> {
  private final CaptionPlan plan;
  private final ImageFeatures image;
  private final long seed;

  /**
   * @param seed of what is drawn at random, where the request names none
   */
  CaptionJob(RequestContext request, CaptionPlan plan, ImageFeatures image, long seed) {
    super(request, plan.tokens());
    this.plan = plan;
    this.image = image;
    this.seed = seed;
  }

  @Override
  void prepare() {
    // the prompt is tokenised with the request, the image has its tokens
  }

  CaptionPlan plan() {
    return plan;
  }

  ImageFeatures.Tokens tokens() {
    return image.tokens();
  }

  long seed() {
    return seed;
  }
}
