package org.sightline.runtime.batch;

import java.util.function.Supplier;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.scheduler.RequestContext;

/** An image that becomes features. */
public final class ImageJob extends Job<ImageFeatures> {
  private final ImageStage stage;
  private final String digest;
  private final boolean wantsTokens;
  private final Supplier<ImageFeatures> stored;
  private byte[] encoded;
  private byte[] prepared;

  /**
   * @param stored looked at before anything is decoded: features that were kept, or null; may touch
   *     a disk
   */
  public ImageJob(
      RequestContext request,
      ImageStage stage,
      InferenceInput.Image image,
      boolean wantsTokens,
      Supplier<ImageFeatures> stored) {
    super(request, stage.work(image));
    this.stored = stored;
    this.stage = stage;
    this.encoded = image.bytes();
    this.digest = image.digest();
    this.wantsTokens = wantsTokens;
  }

  @Override
  public void prepare() {
    ImageFeatures known = stored.get();
    if (known != null) {
      succeed(known);
      return;
    }
    prepared = stage.prepare(encoded);
    encoded = null;
  }

  /** The prepared image, once: afterwards the job no longer holds it. */
  public byte[] takePrepared() {
    byte[] taken = prepared;
    prepared = null;
    return taken;
  }

  public String digest() {
    return digest;
  }

  public boolean wantsTokens() {
    return wantsTokens;
  }
}
