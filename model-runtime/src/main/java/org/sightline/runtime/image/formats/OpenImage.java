package org.sightline.runtime.image.formats;

import java.io.IOException;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.pixels.PixelRows;

/** An encoded image whose header has been read. For use by one thread. */
public interface OpenImage extends AutoCloseable {

  /** A step of reading an image. */
  interface Step<T> {
    T take() throws IOException;
  }

  /** Size as the pixels are stored, and what they take. */
  ImageHeader header();

  /** The orientation that EXIF asks for, 1 to 8; 1 where nothing asks. */
  int orientation();

  /**
   * Decodes in a fraction of the size where the format allows it, otherwise in full; which of both
   * {@link PixelRows#extent()} tells. Called once, after the header has passed the limits.
   *
   * @param reduction 1, 2, 4 or 8: sides are divided by it and rounded up
   * @return to be read until this is closed
   */
  PixelRows decode(Transparency transparency, int reduction) throws IOException;

  @Override
  void close();
}
