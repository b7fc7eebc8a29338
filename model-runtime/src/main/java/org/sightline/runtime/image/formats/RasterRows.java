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
import org.sightline.runtime.image.pixels.WhiteRows;
import org.sightline.runtime.inference.InferenceException;

/**
 * Reads RGB out of a raster without colour management: the samples as they were encoded, which is
 * what Pillow gives. {@link BufferedImage#getRGB} would convert grey and embedded profiles.
 */
public final class RasterRows extends PixelRows {
  private final BufferedImage image;
  private final Raster raster;
  private final Source source;

  /** Copies one row into words. */
  private interface Source {
    void row(int y, int[] words);
  }

  private RasterRows(BufferedImage image) {
    super(image.getWidth(), image.getHeight());
    this.image = image;
    this.raster = image.getRaster();
    this.source = source();
  }

  public static PixelRows of(BufferedImage image, Transparency transparency) {
    return WhiteRows.of(new RasterRows(image), transparency);
  }

  @Override
  public void words(int y, int[] words) {
    source.row(y, words);
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
    return (y, words) -> {
      raster.getPixels(0, y, indices.length, 1, indices);
      for (int x = 0; x < indices.length; x++) {
        // an index beyond the palette is a damaged file; Pillow shows black
        words[x] = indices[x] < argb.length ? Integer.rotateLeft(argb[indices[x]], 8) : 0xFF;
      }
    };
  }

  private void packed(int y, int[] words) {
    image.getRGB(0, y, width(), 1, words, 0, width());
    for (int x = 0; x < width(); x++) {
      words[x] = Integer.rotateLeft(words[x], 8);
    }
  }

  /** Fewer than eight bits a sample, scaled to 255 and rounded down, as Pillow does. */
  private Source narrow(int[] bits) {
    int bands = bits.length;
    int[] samples = new int[width() * bands];
    return (y, words) -> {
      raster.getPixels(0, y, width(), 1, samples);
      for (int x = 0; x < width(); x++) {
        int word = 0;
        for (int band = 0; band < 3; band++) {
          word = word << 8 | samples[x * bands + band] * 255 / ((1 << bits[band]) - 1);
        }
        words[x] = word << 8 | 0xFF;
      }
    };
  }

  private Source interleaved(byte[] data, PixelInterleavedSampleModel layout) {
    int[] offsets = layout.getBandOffsets();
    int red = offsets[0];
    int green = offsets[1];
    int blue = offsets[2];
    int pixelStride = layout.getPixelStride();
    return (y, words) -> {
      int from = y * layout.getScanlineStride();
      for (int x = 0; x < width(); x++, from += pixelStride) {
        words[x] =
            data[from + red] << 24
                | (data[from + green] & 0xFF) << 16
                | (data[from + blue] & 0xFF) << 8
                | 0xFF;
      }
    };
  }

  /** Of sixteen bits the high byte. */
  private Source samples(int bands, boolean wide) {
    int[] samples = new int[width() * bands];
    int shift = wide ? 8 : 0;
    boolean grey = bands <= 2;
    boolean alpha = bands == 2 || bands == 4;
    return (y, words) -> {
      raster.getPixels(0, y, width(), 1, samples);
      for (int x = 0, from = 0; x < width(); x++, from += bands) {
        int red = samples[from] >>> shift;
        int green = grey ? red : samples[from + 1] >>> shift;
        int blue = grey ? red : samples[from + 2] >>> shift;
        int opacity = alpha ? samples[from + bands - 1] >>> shift : 0xFF;
        words[x] = red << 24 | green << 16 | blue << 8 | opacity;
      }
    };
  }
}
