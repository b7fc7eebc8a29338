package org.sightline.runtime.image;

import org.sightline.runtime.image.pixels.Extent;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.image.pixels.RgbRows;

/** Turns and mirrors images the way EXIF's orientation asks for. */
public final class UprightRows {
  private UprightRows() {}

  /**
   * Rows of the image as it is to be seen. Orientations that exchange width and height copy all
   * pixels, 3 bytes each; the others copy nothing.
   *
   * @param orientation 1 to 8, as EXIF numbers them
   */
  public static PixelRows of(PixelRows source, int orientation) {
    return switch (orientation) {
      case 1 -> source;
      case 2 -> new Flipped(source, true, false);
      case 3 -> new Flipped(source, true, true);
      case 4 -> new Flipped(source, false, true);
      default -> turned(source, orientation);
    };
  }

  private static final class Flipped extends PixelRows {
    private final PixelRows source;
    private final boolean mirrored;
    private final boolean upsideDown;

    Flipped(PixelRows source, boolean mirrored, boolean upsideDown) {
      super(source.width(), source.height());
      this.source = source;
      this.mirrored = mirrored;
      this.upsideDown = upsideDown;
    }

    @Override
    public Extent extent() {
      Extent extent = mirrored ? source.extent().mirrored(width()) : source.extent();
      return upsideDown ? extent.upsideDown(height()) : extent;
    }

    @Override
    public void words(int y, int[] words) {
      source.words(upsideDown ? height() - 1 - y : y, words);
      for (int left = 0, right = width() - 1; mirrored && left < right; left++, right--) {
        int kept = words[left];
        words[left] = words[right];
        words[right] = kept;
      }
    }
  }

  /**
   * 5 mirrors at the diagonal, 6 turns clockwise, 7 mirrors at the other diagonal, 8 turns back.
   */
  private static PixelRows turned(PixelRows source, int orientation) {
    int width = source.height();
    int height = source.width();
    boolean fromRight = orientation == 6 || orientation == 7;
    boolean fromBelow = orientation == 7 || orientation == 8;
    byte[] turned = new byte[Math.multiplyExact(3 * width, height)];
    byte[] row = new byte[3 * height];
    for (int y = 0; y < width; y++) {
      source.row(y, row);
      int column = 3 * (fromRight ? width - 1 - y : y);
      for (int x = 0; x < height; x++) {
        int to = 3 * width * (fromBelow ? height - 1 - x : x) + column;
        turned[to] = row[3 * x];
        turned[to + 1] = row[3 * x + 1];
        turned[to + 2] = row[3 * x + 2];
      }
    }
    Extent extent = source.extent().transposed();
    extent = fromRight ? extent.mirrored(width) : extent;
    extent = fromBelow ? extent.upsideDown(height) : extent;
    return new RgbRows(width, height, extent, turned);
  }
}
