package org.sightline.runtime.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.inference.InferenceException;

/** What the readers of the JDK decode: everything but WebP. Colour profiles are not applied. */
final class JdkImage implements OpenImage {
  private final byte[] encoded;
  private final ImageFormat format;
  private final ImageReader reader;
  private final JpegSegments jpeg;
  private final TiffTags tiff;
  private final ImageHeader header;

  private JdkImage(byte[] encoded, ImageFormat format, ImageReader reader) throws IOException {
    this.encoded = encoded;
    this.format = format;
    this.reader = reader;
    this.jpeg = format == ImageFormat.JPEG ? new JpegSegments(encoded, 0, encoded.length) : null;
    this.tiff = format == ImageFormat.TIFF ? new TiffTags(encoded, 0, encoded.length) : null;
    long blockBits = tiff == null ? 0 : new TiffCheck(encoded, tiff).blockBits();
    // GIF places its frame by metadata, in the others it is dead weight
    reader.setInput(new BytesInput(unprofiled()), true, format != ImageFormat.GIF);
    this.header = readHeader(blockBits);
  }

  static OpenImage open(byte[] encoded, ImageFormat format) throws IOException {
    ImageReader reader = reader(format);
    try {
      return new JdkImage(encoded, format, reader);
    } catch (IOException | RuntimeException e) {
      reader.dispose();
      throw e;
    }
  }

  @Override
  public ImageHeader header() {
    return header;
  }

  @Override
  public int orientation() {
    return switch (format) {
      case JPEG -> jpeg.orientation();
      case PNG -> Orientations.ofPng(encoded);
      case TIFF -> tiffOrientation();
      default -> Orientations.UPRIGHT;
    };
  }

  @Override
  public PixelRows decode(Transparency transparency) throws IOException {
    Truncation truncation = new Truncation();
    reader.addIIOReadWarningListener(truncation);
    PixelRows rows = isInk() ? inks() : colours(transparency);
    if (truncation.message() != null) {
      throw new IOException(truncation.message());
    }
    return rows;
  }

  @Override
  public void close() {
    reader.dispose();
  }

  private PixelRows inks() throws IOException {
    CmykRows.Inks inks = jpeg.ycck() ? CmykRows.Inks.INVERTED_YCC : CmykRows.Inks.INVERTED;
    return new CmykRows(reader.readRaster(0, null), inks);
  }

  private PixelRows colours(Transparency transparency) throws IOException {
    BufferedImage image = reader.read(0);
    if (format == ImageFormat.GIF) {
      image = GifCanvas.place(GifCanvas.layout(encoded, reader), image);
    }
    if (format == ImageFormat.TIFF) {
      if (image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_CMYK
          && image.getRaster().getNumBands() == 4
          && image.getColorModel().getComponentSize(0) == 8) {
        return new CmykRows(image.getRaster(), CmykRows.Inks.PLAIN);
      }
      if (image.getColorModel() instanceof IndexColorModel palette
          && tiff.has(TiffTags.COLOUR_MAP)) {
        IndexColorModel exact = TiffPalette.of(tiff.values(TiffTags.COLOUR_MAP), palette);
        image = new BufferedImage(exact, image.getRaster(), false, null);
      }
    }
    return RasterRows.of(image, transparency);
  }

  private boolean isInk() {
    return jpeg != null && jpeg.components() == 4;
  }

  private ImageHeader readHeader(long blockBits) throws IOException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    long bits = isInk() ? 32 : reader.getImageTypes(0).next().getColorModel().getPixelSize();
    if (format == ImageFormat.GIF) {
      GifCanvas.Layout canvas = GifCanvas.layout(encoded, reader);
      // a frame that does not cover the canvas is copied to it
      bits = width == canvas.width() && height == canvas.height() ? bits : 2 * bits;
      width = canvas.width();
      height = canvas.height();
    }
    if (tiff != null) {
      long pixels = Math.max(1, (long) width * height);
      bits = Math.min(Integer.MAX_VALUE, bits + blockBits / pixels);
    }
    return new ImageHeader(format, width, height, (int) bits);
  }

  /**
   * The readers for JPEG and TIFF would convert colours with a profile, and fail on a broken one.
   */
  private byte[] unprofiled() throws IOException {
    if (jpeg != null) {
      return jpeg.withoutProfile();
    }
    if (tiff != null && tiff.has(TiffTags.ICC_PROFILE)) {
      byte[] copy = encoded.clone();
      tiff.hide(TiffTags.ICC_PROFILE, copy);
      return copy;
    }
    return encoded;
  }

  private int tiffOrientation() {
    try {
      return Orientations.valid(tiff.value(TiffTags.ORIENTATION, Orientations.UPRIGHT));
    } catch (IOException e) {
      return Orientations.UPRIGHT;
    }
  }

  private static ImageReader reader(ImageFormat format) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.readerName());
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // others may have been registered in this process; results must not depend on that
      if (reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
    }
    throw new InferenceException(
        InferenceException.Kind.INTERNAL, "this Java has no reader for " + format);
  }
}
