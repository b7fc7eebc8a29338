package org.sightline.runtime.image.formats;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.Arrays;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.inference.InferenceException;

/**
 * Reads RGB out of a raster without colour management: the samples as they were encoded, which is
 * what Pillow gives. {@link BufferedImage#getRGB} would convert grey and embedded profiles.
 */
public final class RasterRows implements PixelRows {
  private final BufferedImage image;
  private final Raster raster;
  private final boolean onWhite;
  private final Source source;

  /** Copies one row into RGB; alpha, where there is one, is applied on the way. */
  private interface Source {
    void row(int y, byte[] rgb);
  }

  private RasterRows(BufferedImage image, Transparency transparency) {
    this.image = image;
    this.raster = image.getRaster();
    this.onWhite = transparency == Transparency.WHITE;
    this.source = source();
  }

  public static RasterRows of(BufferedImage image, Transparency transparency) {
    return new RasterRows(image, transparency);
  }

  @Override
  public int width() {
    return image.getWidth();
  }

  @Override
  public int height() {
    return image.getHeight();
  }

  @Override
  public void row(int y, byte[] rgb) {
    source.row(y, rgb);
  }

  private Source source() {
    ColorModel model = image.getColorModel();
    int bands = raster.getNumBands();
    if (model instanceof IndexColorModel palette) {
      return palette(palette);
    }
    if (model instanceof DirectColorModel) {
      int least = Arrays.stream(model.getComponentSize()).min().orElse(0);
      if (least > 0) {
        return least < 8 ? narrow(model.getComponentSize()) : this::packed;
      }
    }
    int type = model.getColorSpace().getType();
    boolean grey = type == ColorSpace.TYPE_GRAY && bands <= 2;
    boolean colour = type == ColorSpace.TYPE_RGB && (bands == 3 || bands == 4);
    int transfer = raster.getTransferType();
    if ((grey || colour)
        && (transfer == DataBuffer.TYPE_BYTE || transfer == DataBuffer.TYPE_USHORT)
        && model.getComponentSize(0) >= 8) {
      if (raster.getDataBuffer() instanceof DataBufferByte bytes
          && raster.getSampleModel() instanceof PixelInterleavedSampleModel layout
          && bands == 3
          && bytes.getNumBanks() == 1
          && bytes.getOffset() == 0
          && raster.getParent() == null) {
        return interleaved(bytes.getData(), layout);
      }
      return samples(bands, transfer == DataBuffer.TYPE_USHORT);
    }
    throw InferenceException.invalid(
        "has pixels in a form that is not supported: "
            + bands
            + " channels of "
            + model.getComponentSize(0)
            + " bits, expected grey, RGB or a palette");
  }

  private Source palette(IndexColorModel palette) {
    int[] argb = new int[palette.getMapSize()];
    palette.getRGBs(argb);
    int[] indices = new int[width()];
    return (y, rgb) -> {
      raster.getPixels(0, y, indices.length, 1, indices);
      for (int x = 0; x < indices.length; x++) {
        // an index beyond the palette is a damaged file; Pillow shows black
        put(rgb, x, indices[x] < argb.length ? argb[indices[x]] : 0xFF000000);
      }
    };
  }

  private void packed(int y, byte[] rgb) {
    int[] argb = image.getRGB(0, y, width(), 1, null, 0, width());
    for (int x = 0; x < argb.length; x++) {
      put(rgb, x, argb[x]);
    }
  }

  /** Fewer than eight bits a sample, scaled to 255 and rounded down, as Pillow does. */
  private Source narrow(int[] bits) {
    int bands = bits.length;
    int[] samples = new int[width() * bands];
    return (y, rgb) -> {
      raster.getPixels(0, y, width(), 1, samples);
      for (int x = 0; x < width(); x++) {
        int argb = 0xFF;
        for (int band = 0; band < 3; band++) {
          int sample = samples[x * bands + band] * 255 / ((1 << bits[band]) - 1);
          argb = argb << 8 | sample;
        }
        put(rgb, x, argb);
      }
    };
  }

  private Source interleaved(byte[] data, PixelInterleavedSampleModel layout) {
    int[] offsets = layout.getBandOffsets();
    int pixelStride = layout.getPixelStride();
    int rowStride = layout.getScanlineStride();
    int width = width();
    if (pixelStride == 3 && offsets[0] == 2 && offsets[1] == 1 && offsets[2] == 0) {
      return (y, rgb) -> reversed(data, y * rowStride, rgb, 3 * width);
    }
    return (y, rgb) -> {
      int from = y * rowStride;
      for (int x = 0, to = 0; x < width; x++, from += pixelStride) {
        rgb[to++] = data[from + offsets[0]];
        rgb[to++] = data[from + offsets[1]];
        rgb[to++] = data[from + offsets[2]];
      }
    };
  }

  /** Blue, green, red, as JPEG is decoded: steps that the compiler knows need fewer checks. */
  private static void reversed(byte[] bgr, int from, byte[] rgb, int bytes) {
    for (int i = 0; i < bytes; i += 3) {
      rgb[i] = bgr[from + i + 2];
      rgb[i + 1] = bgr[from + i + 1];
      rgb[i + 2] = bgr[from + i];
    }
  }

  private Source samples(int bands, boolean wide) {
    int[] samples = new int[width() * bands];
    return (y, rgb) -> {
      raster.getPixels(0, y, width(), 1, samples);
      if (wide) {
        highBytes(samples);
      }
      boolean grey = bands <= 2;
      boolean alpha = bands == 2 || bands == 4;
      for (int x = 0, from = 0; x < width(); x++, from += bands) {
        int red = samples[from];
        int green = grey ? red : samples[from + 1];
        int blue = grey ? red : samples[from + 2];
        int opacity = alpha ? samples[from + bands - 1] : 0xFF;
        put(rgb, x, opacity << 24 | red << 16 | green << 8 | blue);
      }
    };
  }

  /** Sixteen bits to eight: the high byte. */
  private static void highBytes(int[] samples) {
    for (int i = 0; i < samples.length; i++) {
      samples[i] >>>= 8;
    }
  }

  private void put(byte[] rgb, int x, int argb) {
    put(rgb, x, argb, onWhite);
  }

  /** Stores a pixel; alpha is dropped, or the pixel composed on white. */
  public static void put(byte[] rgb, int x, int argb, boolean onWhite) {
    int red = argb >> 16 & 0xFF;
    int green = argb >> 8 & 0xFF;
    int blue = argb & 0xFF;
    int alpha = argb >>> 24;
    if (onWhite && alpha != 0xFF) {
      red = overWhite(red, alpha);
      green = overWhite(green, alpha);
      blue = overWhite(blue, alpha);
    }
    int to = 3 * x;
    rgb[to] = (byte) red;
    rgb[to + 1] = (byte) green;
    rgb[to + 2] = (byte) blue;
  }

  /** {@code (value * alpha + 255 * (255 - alpha)) / 255}, rounded as Pillow's paste does. */
  private static int overWhite(int value, int alpha) {
    int sum = value * alpha + 255 * (255 - alpha) + 128;
    return (sum >> 8) + sum >> 8;
  }
}
