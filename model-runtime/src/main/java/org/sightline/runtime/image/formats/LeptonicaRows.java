package org.sightline.runtime.image.formats;

import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.leptonica.PIX;
import org.bytedeco.leptonica.global.leptonica;
import org.sightline.runtime.image.pixels.Extent;
import org.sightline.runtime.image.pixels.PixelRows;

/**
 * A decoded picture in native memory: 4 bytes a pixel, or 1 for a grey picture. Closing it frees
 * the memory. For use by one thread.
 */
final class LeptonicaRows extends PixelRows implements AutoCloseable {
  private final Extent extent;
  private final boolean grey;
  private final IntPointer data;
  private final int stride; // words a row
  private final Runnable whenClosed;
  private PIX picture;

  /**
   * @param picture is closed with this
   * @param whenClosed called once
   */
  LeptonicaRows(PIX picture, Extent extent, boolean grey, Runnable whenClosed) {
    super(leptonica.pixGetWidth(picture), leptonica.pixGetHeight(picture));
    this.picture = picture;
    this.extent = extent;
    this.grey = grey;
    this.data = leptonica.pixGetData(picture);
    this.stride = leptonica.pixGetWpl(picture);
    this.whenClosed = whenClosed;
  }

  @Override
  public Extent extent() {
    return extent;
  }

  /** Samples lie in words of 32 bits, the first one in the highest bits. */
  @Override
  public void words(int y, int[] words) {
    if (picture == null || y < 0 || y >= height()) {
      throw new IllegalStateException("row [" + y + "] of [" + height() + "], open: " + isOpen());
    }
    data.position((long) y * stride).get(words, 0, stride);
    if (grey) {
      // four samples a word, each spread from the last one on: none is overwritten before it is
      // read
      for (int x = width() - 1; x >= 0; x--) {
        words[x] = (words[x >> 2] >>> (24 - 8 * (x & 3)) & 0xFF) * 0x01010100;
      }
    }
  }

  private boolean isOpen() {
    return picture != null;
  }

  @Override
  public void close() {
    if (isOpen()) {
      leptonica.pixDestroy(picture);
      picture = null;
      whenClosed.run();
    }
  }
}
