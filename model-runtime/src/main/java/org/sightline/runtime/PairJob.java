package org.sightline.runtime;

import org.sightline.features.ImageFeatures;
import org.sightline.inference.MatchScore;

/** A text and an image that become a match score. */
final class PairJob extends Job<MatchScore> {
  private final MatchText text;
  private final ImageFeatures image;

  PairJob(RequestContext request, MatchText text, ImageFeatures image) {
    super(request, 1);
    this.text = text;
    this.image = image;
  }

  @Override
  void prepare() {
    if (text.features() == null) {
      text.ids();
    }
  }

  @Override
  int length() {
    return text.tokens();
  }

  MatchText text() {
    return text;
  }

  ImageFeatures image() {
    return image;
  }
}
