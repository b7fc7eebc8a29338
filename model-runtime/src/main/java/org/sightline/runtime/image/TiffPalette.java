package org.sightline.runtime.image;

import java.awt.image.IndexColorModel;

/** The palette of a TIFF has 16 bits a colour; the high byte counts, as everywhere. */
final class TiffPalette {
  private TiffPalette() {}

  /**
   * @param colours all reds, then all greens, then all blues, 0 to 65535
   * @param read what the reader of the JDK made of it, by scaling
   */
  static IndexColorModel of(long[] colours, IndexColorModel read) {
    int size = Math.min(read.getMapSize(), colours.length / 3);
    byte[][] channels = new byte[3][size];
    for (int channel = 0; channel < 3; channel++) {
      for (int i = 0; i < size; i++) {
        channels[channel][i] = (byte) (colours[channel * (colours.length / 3) + i] >> 8);
      }
    }
    return new IndexColorModel(read.getPixelSize(), size, channels[0], channels[1], channels[2]);
  }
}
