package org.sightline.runtime.image;

import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.formats.OpenImage;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.image.pixels.ResizedSides;

/**
 * An encoded image whose header is within the limits, ready to be decoded for a model. For use by
 * one thread, which closes it.
 */
public final class CheckedImage implements AutoCloseable {
  private final OpenImage image;
  private final ImageHeader header;
  private final int turn;
  private final ImageSpec spec;
  private final boolean toLookAt;

  /**
   * @param turn the orientation that is applied, 1 to 8
   * @param spec null where the image is decoded for no model
   * @param toLookAt whether the result is for people, not for a model
   */
  CheckedImage(OpenImage image, ImageHeader header, int turn, ImageSpec spec, boolean toLookAt) {
    this.image = image;
    this.header = header;
    this.turn = turn;
    this.spec = spec;
    this.toLookAt = toLookAt;
  }

  /** The header of the image as the model sees it, turned where EXIF asks for it. */
  public ImageHeader header() {
    return header;
  }

  ImageSpec spec() {
    return spec;
  }

  /** Most heap and native memory of decoding and resizing the image for its model. */
  public long workingBytes() {
    long resizing = ImagePreprocessor.resizeBytes(spec, header.width(), header.height());
    return header.decodedBytes() + resizing;
  }

  /**
   * Decodes. Called once.
   *
   * @return to be read until this is closed
   * @throws org.sightline.runtime.inference.InferenceException of kind {@code INVALID_INPUT}, also
   *     when the image is cut short
   */
  public PixelRows decode() {
    ResizedSides sides = ResizedSides.of(spec, header.width(), header.height());
    int reduction =
        toLookAt
            ? sides.reductionToLookAt(header.width(), header.height())
            : sides.reduction(header.width(), header.height());
    return decode(spec.transparency(), reduction);
  }

  /** Decodes in a fraction of the size where the format allows it. Called once. */
  PixelRows decode(Transparency transparency, int reduction) {
    return ImageDecoder.guarded(
        header.format(), () -> UprightRows.of(image.decode(transparency, reduction), turn));
  }

  @Override
  public void close() {
    image.close();
  }
}
