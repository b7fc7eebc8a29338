package org.sightline.runtime;

import org.sightline.inference.InferenceInput;

/** An image that becomes features. */
final class ImageJob extends Job<ImageFeatures> {
  private final ImageStage stage;
  private final String digest;
  private final boolean wantsTokens;
  private byte[] encoded;
  private float[] pixels;

  ImageJob(
      RequestContext request, ImageStage stage, InferenceInput.Image image, boolean wantsTokens) {
    super(request);
    this.stage = stage;
    this.encoded = image.bytes();
    this.digest = image.digest();
    this.wantsTokens = wantsTokens;
  }

  @Override
  void prepare() {
    pixels = stage.pixels(encoded);
    encoded = null;
  }

  /** The pixels, once: afterwards the job no longer holds them. */
  float[] takePixels() {
    float[] taken = pixels;
    pixels = null;
    return taken;
  }

  String digest() {
    return digest;
  }

  boolean wantsTokens() {
    return wantsTokens;
  }
}
