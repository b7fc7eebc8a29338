package org.sightline.runtime.image.tiff;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sightline.runtime.image.formats.CmykRows;
import org.sightline.runtime.image.pixels.PixelRows;

/** Samples of a TIFF as RGB, converted as Pillow does. For use by one thread. */
final class TiffRows extends PixelRows {
  private final TiffLayout layout;
  private final byte[][] bytes;
  private final ByteBuffer[] planes;
  private final int rowBytes;
  private final boolean ycc;

  /**
   * @param samples {@code [planes][height * rowBytes]}
   */
  TiffRows(TiffLayout layout, byte[][] samples, ByteOrder order) {
    super(layout.width(), layout.height());
    this.layout = layout;
    this.bytes = samples;
    this.rowBytes = (int) layout.rowBytes(layout.width());
    this.planes = new ByteBuffer[samples.length];
    for (int i = 0; i < samples.length; i++) {
      planes[i] = ByteBuffer.wrap(samples[i]).order(order);
    }
    // a JPEG decoder has converted them already
    this.ycc =
        layout.colours() == TiffLayout.Colours.YCBCR && layout.compression() != TiffLayout.JPEG;
  }

  @Override
  public void words(int y, int[] words) {
    boolean plain = layout.bits() == 8 && layout.alpha() == TiffLayout.Alpha.NONE && ycc == false;
    boolean grey = layout.colours() == TiffLayout.Colours.BLACK_IS_ZERO;
    if (plain && (grey || layout.colours().samples == 3)) {
      plain(y, words, grey ? 0 : 1);
      return;
    }
    for (int x = 0; x < width(); x++) {
      int colour =
          switch (layout.colours()) {
            case WHITE_IS_ZERO, BLACK_IS_ZERO -> 0x010101 * grey(y, x);
            case PALETTE -> indexed(sample(y, x, 0));
            case RGB -> packed(narrow(y, x, 0), narrow(y, x, 1), narrow(y, x, 2));
            case YCBCR -> colour(narrow(y, x, 0), narrow(y, x, 1), narrow(y, x, 2));
            case CMYK -> inks(y, x);
          };
      int alpha = 0xFF;
      if (layout.alpha() != TiffLayout.Alpha.NONE) {
        alpha = narrow(y, x, layout.colours().samples);
      }
      if (layout.alpha() == TiffLayout.Alpha.PREMULTIPLIED && alpha < 0xFF) {
        colour =
            packed(
                divided(colour >> 16, alpha),
                divided(colour >> 8 & 0xFF, alpha),
                divided(colour & 0xFF, alpha));
      }
      words[x] = colour << 8 | alpha;
    }
  }

  /**
   * Most TIFF: three samples of eight bits, or one.
   *
   * @param next distance of the samples of a pixel, 0 where there is one
   */
  private void plain(int y, int[] words, int next) {
    boolean together = planes.length == 1;
    byte[] red = bytes[0];
    byte[] green = bytes[together ? 0 : next];
    byte[] blue = bytes[together ? 0 : 2 * next];
    int step = together ? layout.samples() : 1;
    int beside = together ? next : 0;
    for (int x = 0, from = y * rowBytes; x < width(); x++, from += step) {
      words[x] =
          red[from] << 24
              | (green[from + beside] & 0xFF) << 16
              | (blue[from + 2 * beside] & 0xFF) << 8
              | 0xFF;
    }
  }

  /**
   * Fewer than eight bits are scaled; of 12 and 16 bits without sign the highest eight are taken,
   * the rest is clipped to 255.
   */
  private int grey(int y, int x) {
    int bits = layout.bits();
    int value = sample(y, x, 0);
    int grey =
        switch (bits) {
          case 1, 2, 4 -> value * 255 / ((1 << bits) - 1);
          case 12, 16 ->
              layout.format() == TiffLayout.Format.UNSIGNED
                  ? value >> bits - 8
                  : Math.clamp(value, 0, 255);
          default -> Math.clamp(value, 0, 255);
        };
    boolean inverted = layout.colours() == TiffLayout.Colours.WHITE_IS_ZERO && bits <= 8;
    return inverted ? 255 - grey : grey;
  }

  /** Of 16 bits the high byte. */
  private int narrow(int y, int x, int sample) {
    int value = sample(y, x, sample);
    return layout.bits() == 16 ? value >>> 8 & 0xFF : value;
  }

  private int sample(int y, int x, int sample) {
    boolean together = planes.length == 1;
    ByteBuffer plane = planes[together ? 0 : sample];
    int number = together ? x * layout.samples() + sample : x;
    int row = y * rowBytes;
    return switch (layout.bits()) {
      case 8 -> plane.get(row + number) & 0xFF;
      case 16 -> {
        short value = plane.getShort(row + 2 * number);
        yield layout.format() == TiffLayout.Format.SIGNED ? value : value & 0xFFFF;
      }
      case 32 -> {
        int value = plane.getInt(row + 4 * number);
        yield layout.format() == TiffLayout.Format.FLOAT
            ? (int) Float.intBitsToFloat(value)
            : value;
      }
      default -> {
        int bit = number * layout.bits();
        int first = plane.get(row + bit / 8) & 0xFF;
        int next = bit % 8 + layout.bits() > 8 ? plane.get(row + bit / 8 + 1) & 0xFF : 0;
        yield (first << 8 | next) >> 16 - bit % 8 - layout.bits() & (1 << layout.bits()) - 1;
      }
    };
  }

  private int indexed(int index) {
    int count = layout.palette().length / 3;
    return packed(
        high(layout.palette()[index]),
        high(layout.palette()[count + index]),
        high(layout.palette()[2 * count + index]));
  }

  private static int high(long value) {
    return (int) (value >> 8 & 0xFF);
  }

  private int colour(int luma, int blue, int red) {
    if (ycc == false) {
      return packed(luma, blue, red);
    }
    int cb = blue - 128;
    int cr = red - 128;
    return packed(
        Math.clamp(luma + (91881 * cr + 32768 >> 16), 0, 255),
        Math.clamp(luma + (-22554 * cb - 46802 * cr + 32768 >> 16), 0, 255),
        Math.clamp(luma + (116130 * cb + 32768 >> 16), 0, 255));
  }

  private int inks(int y, int x) {
    int light = 255 - narrow(y, x, 3);
    return packed(
        CmykRows.printed(255 - narrow(y, x, 0), light),
        CmykRows.printed(255 - narrow(y, x, 1), light),
        CmykRows.printed(255 - narrow(y, x, 2), light));
  }

  /** The colour that TIFF keeps multiplied by its opacity, rounded down. */
  private static int divided(int value, int opacity) {
    return opacity == 0 ? 0 : Math.min(255, 255 * value / opacity);
  }

  private static int packed(int red, int green, int blue) {
    return red << 16 | green << 8 | blue;
  }
}
