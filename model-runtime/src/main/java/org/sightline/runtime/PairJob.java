package org.sightline.runtime;

import org.sightline.features.ImageFeatures;
import org.sightline.inference.MatchScore;

/** A text and an image that become a match score. */
final class PairJob extends Job<MatchScore> {
  private final MatchText text;
  private final ImageFeatures image;
  private final MatchTrace trace;
  private final long made = System.nanoTime();

  PairJob(RequestContext request, MatchText text, ImageFeatures image, MatchTrace trace) {
    super(request, 1);
    this.text = text;
    this.image = image;
    this.trace = trace;
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

  /** The batch that it is in begins to run. */
  void started() {
    trace.waited(System.nanoTime() - made);
  }

  MatchText text() {
    return text;
  }

  ImageFeatures image() {
    return image;
  }
}
