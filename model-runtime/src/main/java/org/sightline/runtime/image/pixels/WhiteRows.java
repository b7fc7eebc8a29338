package org.sightline.runtime.image.pixels;

import org.sightline.runtime.bundle.ImageSpec.Transparency;

/** A picture with an opacity for each pixel, composed on white. */
public final class WhiteRows extends PixelRows {
  private final PixelRows source;

  private WhiteRows(PixelRows source) {
    super(source.width(), source.height());
    this.source = source;
  }

  /**
   * @param source has an opacity, 0xFF where there is none
   */
  public static PixelRows of(PixelRows source, Transparency transparency) {
    return transparency == Transparency.WHITE ? new WhiteRows(source) : source;
  }

  @Override
  public void words(int y, int[] words) {
    source.words(y, words);
    for (int x = 0; x < width(); x++) {
      int word = words[x];
      int opacity = word & 0xFF;
      if (opacity != 0xFF) {
        words[x] =
            overWhite(word >>> 24, opacity) << 24
                | overWhite(word >>> 16 & 0xFF, opacity) << 16
                | overWhite(word >>> 8 & 0xFF, opacity) << 8;
      }
    }
  }

  /** {@code (value * opacity + 255 * (255 - opacity)) / 255}, rounded as Pillow's paste does. */
  private static int overWhite(int value, int opacity) {
    int sum = value * opacity + 255 * (255 - opacity) + 128;
    return (sum >> 8) + sum >> 8;
  }
}
