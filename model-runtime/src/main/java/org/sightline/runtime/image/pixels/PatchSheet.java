package org.sightline.runtime.image.pixels;

import org.sightline.runtime.bundle.ImageSpec;

/**
 * The patches of an image on a sheet of fixed size, one after the other, row by row, however many
 * rows and columns the image has. The sheet's last row of patches tells how many: its first pixel
 * the rows, its second one the columns, each less one, the lower byte in red, the higher in green.
 * All else is 0.
 */
final class PatchSheet {
  private PatchSheet() {}

  /**
   * @param rgb the resized image, {@code [height * width * 3]}
   * @param width in pixels, whole patches
   * @param height in pixels, whole patches
   * @return {@code [spec.height() * spec.width() * 3]}
   */
  static byte[] of(ImageSpec spec, byte[] rgb, int width, int height) {
    int size = spec.patches().size();
    int columns = width / size;
    int rows = height / size;
    int across = spec.width() / size;
    byte[] sheet = new byte[spec.floats()];
    for (int patch = 0; patch < rows * columns; patch++) {
      int from = 3 * (patch / columns * size * width + patch % columns * size);
      int to = 3 * (patch / across * size * spec.width() + patch % across * size);
      for (int y = 0; y < size; y++) {
        System.arraycopy(rgb, from + 3 * y * width, sheet, to + 3 * y * spec.width(), 3 * size);
      }
    }
    int told = 3 * (spec.height() - size) * spec.width();
    put(sheet, told, rows - 1);
    put(sheet, told + 3, columns - 1);
    return sheet;
  }

  private static void put(byte[] sheet, int at, int number) {
    sheet[at] = (byte) number;
    sheet[at + 1] = (byte) (number >> 8);
  }
}
