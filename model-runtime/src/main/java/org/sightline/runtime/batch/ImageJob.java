package org.sightline.runtime.batch;

import java.util.function.Supplier;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.scheduler.Admission;
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
   * @param stored gives features that were kept, or null; called before the image is decoded, may
   *     touch a disk
   */
  public ImageJob(
      RequestContext request,
      Admission.Permit permit,
      ImageStage stage,
      InferenceInput.Image image,
      boolean wantsTokens,
      Supplier<ImageFeatures> stored) {
    super(request, permit);
    this.stored = stored;
    this.stage = stage;
    this.encoded = image.bytes();
    this.digest = image.digest();
    this.wantsTokens = wantsTokens;
  }

  @Override
  public boolean prepare() {
    ImageFeatures known = stored.get();
    if (known != null) {
      succeed(known);
      return true;
    }
    byte[] rgb = stage.prepare(encoded, this);
    if (rgb == null) {
      return false; // from now on another thread may prepare this job
    }
    prepared = rgb;
    encoded = null;
    return true;
  }

  @Override
  protected void ended() {
    stage.giveBack(this);
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
